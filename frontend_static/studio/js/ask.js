/* Asking: start one's own words from the wording that is shown. The preview itself is htmx's. */
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
})();
