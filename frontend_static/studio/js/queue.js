/* The moderation queue from the keyboard: j/k move, a approve, r reject, x select, Enter open, u undo. */
(() => {
  "use strict";

  const queue = document.getElementById("queue");
  if (!queue) {
    return;
  }
  let lastDecided = "";

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
      menu.open = true;
      menu.querySelector("input[type=radio]")?.focus();
    }
  }

  const commands = {
    j: () => move(1),
    k: () => move(-1),
    a: (entry) => entry?.querySelector("[data-approve]")?.click(),
    r: (entry) => entry && openReasons(entry),
    x: (entry) => entry?.querySelector(".tick")?.click(),
    o: (entry) => entry?.querySelector("[data-open-item]")?.click(),
    Enter: (entry) => entry?.querySelector("[data-open-item]")?.click(),
    u: () => document.getElementById(lastDecided)?.querySelector("[data-undo]")?.click(),
  };

  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) {
      return;
    }
    const target = event.target;
    const inReasons = target.closest?.("[data-reject]");
    // Digits choose a reason while the list of reasons is open.
    if (inReasons?.open && /^[1-9]$/.test(event.key) && !target.matches("textarea")) {
      const reason = inReasons.querySelectorAll("input[type=radio]")[Number(event.key) - 1];
      if (reason) {
        event.preventDefault();
        reason.checked = true;
        reason.focus();
      }
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

  // --- after a decision the hand stays on the keyboard ------------------------------------------

  let next = null;
  document.addEventListener("htmx:beforeRequest", (event) => {
    const entry = event.target.closest?.("[data-case]");
    next = entry && entry.contains(document.activeElement) ? neighbour(entry) : null;
  });
  document.addEventListener("htmx:afterSwap", (event) => {
    const answer = event.detail.elt;
    if (answer?.dataset?.case === undefined) {
      return;
    }
    if (answer.dataset.case === "decided") {
      lastDecided = answer.id;
    }
    if (answer.dataset.case === "open") {
      focusCase(answer);
    } else if (next?.isConnected) {
      focusCase(next);
    } else {
      focusCase(answer);
    }
    next = null;
    count();
    document.body.dispatchEvent(new Event("vouchsafe:refresh-counts"));
    const left = cases().some((other) => other.dataset.case === "open");
    document.getElementById("queue-done")?.toggleAttribute("hidden", left);
  });

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
      button.toggleAttribute("data-idle", chosen === 0);
    }
    if (everything) {
      everything.checked = chosen > 0 && chosen === ticks().length;
      everything.indeterminate = chosen > 0 && chosen < ticks().length;
    }
  }

  queue.addEventListener("change", count);
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
