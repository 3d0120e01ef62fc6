// The author's page after a withdrawal: the receipt fills in while open pages confirm, and stops when it is final.
"use strict";

const EAGER_MS = 1000;
const CALM_MS = 5000;
const EAGER_TRIES = 10;

let tries = 0;

function receipt() {
  return document.querySelector("[data-receipt]");
}

function askAgain() {
  const shown = receipt();
  if (!shown || shown.dataset.final === "yes") return;
  tries += 1;
  setTimeout(refresh, tries <= EAGER_TRIES ? EAGER_MS : CALM_MS);
}

async function refresh() {
  const shown = receipt();
  const url = new URL(shown.dataset.receipt, location.href);
  url.searchParams.set("lang", document.documentElement.lang);
  try {
    const answer = await fetch(url, { cache: "no-store", credentials: "omit" });
    if (answer.ok) {
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const fresh = page.querySelector("[data-receipt]");
      // Screen readers are told of a change, not of a repetition.
      if (fresh && fresh.textContent !== shown.textContent) shown.replaceChildren(...fresh.childNodes);
      if (fresh) shown.dataset.final = fresh.dataset.final;
    }
  } catch {
    // The next try tells; the sentence on the page holds without us.
  }
  askAgain();
}

askAgain();
