/* The studio's own behaviour. Every page works without it; it makes pages quicker to use.
 *
 * Nothing is evaluated and no style is written inline, so the strict content security policy holds.
 */
(() => {
  "use strict";

  const html = document.documentElement;
  /** @param {string} selector @param {ParentNode} [root] */
  const all = (selector, root = document) => Array.from(root.querySelectorAll(selector));

  /** Whether the person is typing, so that a letter is text and not a command. */
  function typing(target) {
    return target instanceof HTMLElement
      && (target.isContentEditable || target.matches("input:not([type=checkbox]):not([type=radio]), textarea, select"));
  }

  // --- colour scheme ---------------------------------------------------------------------------

  function chosenTheme() {
    return html.dataset.theme || "";
  }

  function showTheme() {
    for (const button of all("[data-theme-choice]")) {
      button.setAttribute("aria-pressed", String(button.dataset.themeChoice === chosenTheme()));
    }
  }

  function chooseTheme(theme) {
    if (theme) {
      html.dataset.theme = theme;
    } else {
      delete html.dataset.theme;
    }
    try {
      if (theme) {
        window.localStorage.setItem("vouchsafe-theme", theme);
      } else {
        window.localStorage.removeItem("vouchsafe-theme");
      }
    } catch {
      // Without storage the choice holds for this page only.
    }
    showTheme();
  }

  // --- toasts ----------------------------------------------------------------------------------

  const TOAST_MILLISECONDS = 7000;

  function armToasts() {
    for (const toast of all("[data-toast]:not([data-armed])")) {
      toast.dataset.armed = "";
      const dismiss = toast.querySelector("[data-dismiss]");
      if (dismiss) {
        dismiss.hidden = false;
      }
      // An error stays until it is read; good news leaves by itself, but never under the pointer or the focus.
      if (!toast.classList.contains("toast-error")) {
        const leave = () => {
          if (toast.matches(":hover, :focus-within")) {
            window.setTimeout(leave, 1500);
          } else {
            toast.remove();
          }
        };
        window.setTimeout(leave, TOAST_MILLISECONDS);
      }
    }
  }

  function toast(text, kind) {
    const region = document.getElementById("toasts");
    if (!region) {
      return;
    }
    const box = document.createElement("div");
    box.className = kind ? `toast toast-${kind}` : "toast";
    box.dataset.toast = "";
    const line = document.createElement("p");
    line.textContent = text;
    box.append(line);
    region.append(box);
    armToasts();
  }

  // --- copying ---------------------------------------------------------------------------------

  async function copyFrom(button) {
    const source = document.getElementById(button.dataset.copy);
    const text = source instanceof HTMLInputElement ? source.value : source?.textContent ?? "";
    try {
      await navigator.clipboard.writeText(text);
    } catch {
      if (source instanceof HTMLInputElement) {
        source.select();
      } else if (source) {
        window.getSelection()?.selectAllChildren(source);
      }
      return;
    }
    const label = button.querySelector("[data-copy-label]");
    if (label && button.dataset.copied) {
      const before = label.textContent;
      label.textContent = button.dataset.copied;
      window.setTimeout(() => { label.textContent = before; }, 2000);
    }
  }

  // --- clicks ----------------------------------------------------------------------------------

  document.addEventListener("click", (event) => {
    const target = event.target instanceof Element ? event.target : null;
    if (!target) {
      return;
    }
    for (const menu of all("details.menu[open]")) {
      if (!menu.contains(target)) {
        menu.open = false;
      }
    }
    const button = target.closest("button");
    if (!button) {
      return;
    }
    if (button.dataset.themeChoice !== undefined) {
      chooseTheme(button.dataset.themeChoice);
    } else if (button.dataset.dismiss !== undefined) {
      button.closest("[data-toast]")?.remove();
    } else if (button.dataset.open) {
      openDialog(button.dataset.open);
    } else if (button.dataset.close !== undefined) {
      const dialog = button.closest("dialog");
      if (dialog) {
        dialog.close();
      } else {
        closeMenu(button.closest("details.menu"));
      }
    } else if (button.dataset.copy) {
      copyFrom(button);
    } else if (button.dataset.previewWidth) {
      choosePreviewWidth(button);
    }
  });

  function choosePreviewWidth(button) {
    const frame = button.closest("[data-preview]")?.querySelector(".preview-frame");
    if (frame) {
      frame.dataset.width = button.dataset.previewWidth;
    }
    for (const other of all("[data-preview-width]", button.parentElement)) {
      other.setAttribute("aria-pressed", String(other === button));
    }
  }

  document.addEventListener("submit", (event) => {
    const submitter = event.submitter;
    const question = submitter?.dataset.confirm || event.target.dataset.confirm;
    if (question && !window.confirm(question)) {
      event.preventDefault();
      event.stopImmediatePropagation();
    }
  }, true);

  // Two clicks on one button are one intention. The server would cope; the person need not wonder.
  document.addEventListener("submit", (event) => {
    const form = event.target;
    const method = event.submitter?.formMethod || form.method;
    if (event.defaultPrevented || !(form instanceof HTMLFormElement) || method !== "post") {
      return;
    }
    if (form.dataset.sent !== undefined) {
      event.preventDefault();
    } else {
      form.dataset.sent = "";
      window.setTimeout(() => { delete form.dataset.sent; }, 4000);
    }
  });

  function openDialog(id) {
    const dialog = document.getElementById(id);
    if (dialog instanceof HTMLDialogElement && !dialog.open) {
      dialog.showModal();
    }
  }

  function closeMenu(menu) {
    if (menu) {
      menu.open = false;
      menu.querySelector("summary")?.focus();
    }
  }

  // A menu that opens at the edge of the window is brought into it.
  document.addEventListener("toggle", (event) => {
    if (event.target instanceof HTMLDetailsElement && event.target.open && event.target.matches("main .menu")) {
      event.target.querySelector(".menu-sheet")?.scrollIntoView({ block: "nearest" });
    }
  }, true);

  // --- keyboard --------------------------------------------------------------------------------

  let leader = Number.NEGATIVE_INFINITY;

  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") {
      closeMenu(document.querySelector("details.menu[open]"));
      return;
    }
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) {
      return;
    }
    const dialog = document.querySelector("dialog[open]");
    if (dialog) {
      // The key that opened the help closes it; no other reaches through it.
      if (event.key === "?" && dialog.id === "keys-dialog") {
        event.preventDefault();
        dialog.close();
      }
      return;
    }
    if (performance.now() - leader < 1500) {
      leader = Number.NEGATIVE_INFINITY;
      const link = all(".nav [data-key]").find((entry) => entry.dataset.key === event.key);
      if (link) {
        event.preventDefault();
        event.stopImmediatePropagation();
        link.click();
      }
      return;
    }
    if (event.key === "g") {
      leader = performance.now();
    } else if (event.key === "/") {
      event.preventDefault();
      const search = document.getElementById("search");
      search?.focus();
      search?.select();
    } else if (event.key === "?") {
      event.preventDefault();
      openDialog("keys-dialog");
    }
  });

  // --- live counts -----------------------------------------------------------------------------

  function live(on) {
    const lamp = document.getElementById("live");
    if (!lamp) {
      return;
    }
    lamp.dataset.state = on ? "on" : "lost";
    lamp.querySelector("[data-live-on]").hidden = !on;
    lamp.querySelector("[data-live-lost]").hidden = on;
  }

  document.addEventListener("htmx:beforeRequest", (event) => {
    // A page nobody looks at asks nothing.
    if (event.target.id === "poll" && document.hidden) {
      event.preventDefault();
    }
  });
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden) {
      document.body.dispatchEvent(new Event("vouchsafe:refresh-counts"));
    }
  });
  document.addEventListener("htmx:sendError", (event) => {
    live(false);
    if (event.target.id !== "poll") {
      toast(document.getElementById("live")?.textContent?.trim() || "", "error");
    }
  });
  document.addEventListener("htmx:afterRequest", (event) => {
    if (event.target.id === "poll" && event.detail.xhr?.status) {
      live(event.detail.xhr.status < 500);
      for (const mirror of all("[data-mirrors]")) {
        mirror.textContent = document.getElementById(mirror.dataset.mirrors)?.firstChild?.textContent.trim() || "0";
      }
    }
    if (event.target instanceof HTMLFormElement) {
      delete event.target.dataset.sent;
    }
  });
  // What is as it was stays as it is: the focus in it, and what a screen reader has said of it.
  document.addEventListener("htmx:oobBeforeSwap", (event) => {
    const { target, fragment } = event.detail;
    const fresh = fragment instanceof Element ? fragment : fragment.firstElementChild;
    if (target.dataset.live !== undefined && fresh?.innerHTML === target.innerHTML) {
      event.detail.shouldSwap = false;
    }
  });
  // A refusal that brings its own sentence is shown like any answer, whatever its status.
  document.addEventListener("htmx:beforeSwap", (event) => {
    const answer = event.detail.xhr;
    if (answer.getResponseHeader("Vouchsafe-Told")) {
      event.detail.shouldSwap = true;
      event.detail.isError = false;
    } else if (answer.status === 401 || answer.status === 403) {
      window.location.reload();
    }
  });
  document.addEventListener("htmx:load", () => armToasts());
  document.addEventListener("htmx:oobAfterSwap", () => armToasts());

  // --- start -----------------------------------------------------------------------------------

  for (const hidden of all("[data-themes], [data-open]")) {
    hidden.hidden = false;
  }
  for (const field of all("[data-autosubmit]")) {
    field.addEventListener("change", () => field.form?.requestSubmit());
  }
  // A shop's short name follows its name until it is changed by hand.
  const slug = document.querySelector("[data-follows]");
  const name = slug && document.getElementById(slug.dataset.follows);
  if (slug && name) {
    let own = slug.value !== "";
    slug.addEventListener("input", () => { own = slug.value !== ""; });
    const follow = () => {
      if (!own) {
        slug.value = name.value.normalize("NFKD").toLowerCase().replace(/[̀-ͯ]/g, "").replace(/æ/g, "ae").replace(/ø/g, "oe")
          .replace(/[^a-z0-9]+/g, "-").replace(/^-+|-+$/g, "").slice(0, 48);
      }
    };
    name.addEventListener("input", follow);
    follow(); // for a name that was typed before this script ran
  }
  const top = document.getElementById("top");
  if (top) {
    const mark = () => top.toggleAttribute("data-scrolled", window.scrollY > 4);
    window.addEventListener("scroll", mark, { passive: true });
    mark();
  }
  // Where a row of tabs is wider than the window, the current one is in sight.
  for (const tab of all(".tabs [aria-current], .index [aria-current]")) {
    const row = tab.parentElement;
    row.scrollLeft = tab.offsetLeft - row.offsetLeft - (row.clientWidth - tab.offsetWidth) / 2;
  }
  showTheme();
  armToasts();
})();
