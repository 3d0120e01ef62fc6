import { backOff } from "../live/keeper.js";
import { judge } from "../trouble/trouble.js";

/**
 * Reads what the element says and offers, again and again until it has it or is refused for good: a busy or
 * restarting host is no reason for a page to be without its assistant.
 *
 * @param {import("../trouble/trouble.js").Subject} subject its `address` is what is read
 * @returns {Promise<AssistantConfig | undefined>} nothing when it is refused or ended
 */
export async function configuration(subject) {
  const { address, signal } = subject;
  let refused = false;
  const asking = { ...subject, stop: () => void (refused = true) };
  for (let failures = 1; !signal.aborted && !refused; failures++) {
    try {
      const response = await fetch(address, { signal, credentials: "omit" });
      if (!response.ok) throw response;
      return await response.json();
    } catch (reason) {
      if (!signal.aborted) await judge(asking, reason, failures);
    }
    if (!refused) await pause(backOff(failures));
  }
  return undefined;
}

/**
 * Waits, and then until the page is seen: hidden ones ask for nothing.
 *
 * @param {number} wait ms
 * @returns {Promise<void>}
 */
const pause = (wait) =>
  new Promise((done) =>
    setTimeout(() => {
      if (document.hidden) document.addEventListener("visibilitychange", () => done(), { once: true });
      else done();
    }, wait),
  );
