/* The queues from the keyboard, that of moderation and that of rights (where a asks): j/k move, a approve, r reject, x select, Enter open, u undo. */
(() => {
  "use strict";

  const queue = document.getElementById("queue");
  if (!queue) {
    return;
  }
  // Ids of what was decided on this page, the newest last: u walks back through them.
  const decided = [];

  const cases = () => Array.from(queue.querySelectorAll("[data-case]"));
  const current = () => document.activeElement?.closest?.("[data-case]") ?? null;

  function focusCase(target) {
    if (!target) {
      return;
    }
    target.focus({ preventScroll: true });
    target.scrollIntoView({ block: "nearest" });
  }

  function move(step) {
    const list = cases();
    const here = current();
    if (!here) {
      focusCase(list.find((entry) => entry.getBoundingClientRect().bottom > 140) ?? list[0]);
      return;
    }
    focusCase(list[list.indexOf(here) + step] ?? here);
  }

  /** The next case still waiting after this one, else the one before it. */
  function neighbour(entry) {
    const list = cases();
    const at = list.indexOf(entry);
    return list.slice(at + 1).find((other) => other.dataset.case === "open")
      ?? list.slice(0, at).reverse().find((other) => other.dataset.case === "open")
      ?? null;
  }

  function openReasons(entry) {
    const menu = entry.querySelector("[data-reject]");
    if (menu) {
      for (const other of document.querySelectorAll("[data-reject][open]")) {
        other.open = other === menu;
      }
      menu.open = true;
      menu.querySelector("input[type=radio]")?.focus();
    }
  }

  function openItem(entry) {
    entry?.querySelector("[data-open-item]")?.click();
  }

  // Whoever opens an item comes back to it: the address of this page says which it was.
  queue.addEventListener("click", (event) => {
    const entry = event.target.closest?.("[data-open-item], h2 a") && event.target.closest("[data-case]");
    if (entry) {
      window.history.replaceState(window.history.state, "", `#${entry.id}`);
    }
  });
  window.addEventListener("pageshow", () => {
    if (window.location.hash.startsWith("#case-")) {
      focusCase(document.getElementById(window.location.hash.slice(1)));
    }
  });

  /** With items selected, "a" is about all of them; whether there was such a menu to open. */
  function openAskMany() {
    const menu = document.querySelector("[data-ask-many]");
    if (!menu || !ticks().some((tick) => tick.checked)) {
      return false;
    }
    menu.open = true;
    menu.querySelector("select, input")?.focus();
    return true;
  }

  const commands = {
    j: () => move(1),
    k: () => move(-1),
    a: (entry) => openAskMany() || entry?.querySelector("[data-approve]")?.click(),
    r: (entry) => entry && openReasons(entry),
    x: (entry) => entry?.querySelector(".tick")?.click(),
    o: openItem,
    Enter: openItem,
    u: () => undoButton()?.click(),
  };

  /** Of the newest decision that can still be undone; after those of this page, of the bulk decision before it. */
  function undoButton() {
    for (let at = decided.length - 1; at >= 0; at -= 1) {
      const button = document.getElementById(decided[at])?.querySelector("[data-undo]");
      if (button) {
        return button;
      }
    }
    return document.querySelector("#bulk-undo [data-undo]");
  }

  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) {
      return;
    }
    const target = event.target;
    const inReasons = target.closest?.("[data-reject]");
    if (inReasons?.open) {
      inTheReasons(event, inReasons);
      return;
    }
    // A key that is held down moves on, but decides once: nobody reads as fast as a keyboard repeats.
    if (event.repeat && event.key !== "j" && event.key !== "k") {
      return;
    }
    if (target.matches?.("input:not(.tick), textarea, select, button, summary, a") && (event.key === "Enter" || target.matches("input:not(.tick), textarea, select"))) {
      return;
    }
    const command = commands[event.key];
    if (command) {
      event.preventDefault();
      command(current());
    }
  });

  /** While a list of reasons is open, keys belong to it: the one beside a reason chooses it, Enter rejects, none approves. */
  function inTheReasons(event, menu) {
    const radios = Array.from(menu.querySelectorAll("[data-reason-key]"));
    const chosen = radios.find((radio) => radio.dataset.reasonKey === event.key);
    if (chosen) {
      event.preventDefault();
      chosen.checked = true;
      chosen.focus();
    } else if (event.key === "Enter" && !event.repeat && event.target.matches("input[type=radio]:checked")) {
      // In the bulk form Enter alone does nothing, for its buttons decide differently.
      const button = menu.querySelector("[data-reject-chosen]");
      if (button) {
        event.preventDefault();
        button.click();
      }
    }
  }

  // --- after a decision the hand stays on the keyboard ------------------------------------------

  // Requests under way, by the id of their case: whether they undo. Several may be, and the counts are polled meanwhile.
  const asked = new Map();
  document.addEventListener("htmx:beforeRequest", (event) => {
    const entry = event.target.closest?.("[data-case]");
    if (entry) {
      asked.set(entry.id, Boolean(event.target.querySelector("[data-undo]")));
    }
  });
  document.addEventListener("htmx:afterSwap", (event) => {
    const answer = event.detail.elt;
    if (event.detail.target === queue) {
      arrived();
      return;
    }
    if (answer?.dataset?.case === undefined) {
      return;
    }
    const undoes = asked.get(answer.id);
    asked.delete(answer.id);
    const at = decided.indexOf(answer.id);
    if (at >= 0) {
      decided.splice(at, 1);
    }
    if (answer.dataset.case === "decided") {
      decided.push(answer.id);
    }
    const left = cases().some((other) => other.dataset.case === "open");
    const done = document.getElementById("queue-done");
    done?.toggleAttribute("hidden", left);
    // Whoever has moved on meanwhile stays there: the next key must not hit what they do not look at.
    const here = document.activeElement;
    if (undoes || here === document.body || here === null || answer.contains(here)) {
      if (answer.dataset.case === "open") {
        focusCase(answer);
      } else if (left) {
        focusCase(neighbour(answer));
      } else {
        (done?.querySelector("a") ?? answer).focus();
      }
    }
    count();
    document.body.dispatchEvent(new Event("vouchsafe:refresh-counts"));
  });

  // --- what comes in meanwhile ------------------------------------------------------------------

  let place = null;
  queue.addEventListener("focusin", (event) => { place = event.target.closest("[data-case]"); });

  // The server is told what is here already, so that it counts and sends what is not.
  document.addEventListener("htmx:configRequest", (event) => {
    if (event.target.id === "poll" || event.target.closest("#queue-new")) {
      event.detail.parameters.on = cases().map((entry) => entry.id.slice("case-".length)).join(",");
    }
  });

  /** New cases stand below; the eye and the next key stay where they were. */
  function arrived() {
    if (document.activeElement === document.body && place?.isConnected) {
      place.focus({ preventScroll: true });
    }
    document.getElementById("queue-done")?.toggleAttribute("hidden", cases().some((entry) => entry.dataset.case === "open"));
    count();
  }

  // --- selection -------------------------------------------------------------------------------

  const label = document.getElementById("bulk-count");
  const everything = document.getElementById("bulk-all");

  function ticks() {
    return Array.from(queue.querySelectorAll(".tick"));
  }

  function count() {
    const chosen = ticks().filter((tick) => tick.checked).length;
    if (label) {
      label.textContent = String(chosen);
    }
    for (const button of document.querySelectorAll("[data-needs-selection]")) {
      // It still answers a press, by saying what is missing.
      button.setAttribute("aria-disabled", String(chosen === 0));
    }
    if (everything) {
      everything.checked = chosen > 0 && chosen === ticks().length;
      everything.indeterminate = chosen > 0 && chosen < ticks().length;
    }
  }

  queue.addEventListener("change", count);
  // A page that comes back from the browser's history brings its ticks along.
  window.addEventListener("pageshow", count);
  if (everything) {
    everything.closest("label").hidden = false;
    everything.addEventListener("change", () => {
      for (const tick of ticks()) {
        tick.checked = everything.checked;
      }
      count();
    });
  }
  count();
})();
