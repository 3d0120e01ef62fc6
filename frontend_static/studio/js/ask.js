/* Asking: start one's own words from the wording that is shown, and leave out what the chosen way cannot grant. The
   preview itself is htmx's. */
(() => {
  "use strict";

  for (const button of document.querySelectorAll("[data-fill]")) {
    button.hidden = false;
    button.addEventListener("click", () => {
      const field = document.getElementById(button.dataset.fill);
      const words = document.getElementById(button.dataset.from);
      if (field && words) {
        field.value = words.textContent;
        field.dispatchEvent(new Event("input", { bubbles: true }));
        field.focus();
      }
    });
  }

  const form = document.getElementById("ask-form");
  const places = form ? [...form.querySelectorAll("input[name=channels]")] : [];
  const barWhatIsBeyond = () => {
    const way = form.querySelector("input[name=way]:checked");
    const beyond = (way?.dataset.beyond ?? "").split(" ");
    for (const place of places) {
      const barred = beyond.includes(place.value);
      if (barred && !place.disabled) place.dataset.was = place.checked ? "yes" : "";
      if (!barred && place.disabled) place.checked = place.dataset.was === "yes";
      if (barred) place.checked = false;
      place.disabled = barred;
      place.closest(".check").classList.toggle("is-barred", barred);
    }
  };
  if (form) {
    form.addEventListener("change", (event) => {
      if (event.target.name === "way") barWhatIsBeyond();
    });
    barWhatIsBeyond();
  }
})();
