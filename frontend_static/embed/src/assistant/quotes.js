import { backOff } from "../live/keeper.js";

/** Between two looks at whether what is quoted may still be shown: as often as a widget's connection beats. */
const LOOK_MS = 15_000;
/** Most quotes the host takes in one look. */
const MOST = 400;

/**
 * What a quote is to the host: its review, in the wording that is quoted.
 *
 * @param {Citation} citation
 */
export const mark = ({ review_id, text_version }) => `${review_id}.${text_version}`;

/**
 * Keeps what a panel quotes under a lease. While the panel is read, the host is asked every 15 s whether each quote
 * still stands; one that does not is let go. When a lease ends that could not be renewed, everything is stale until
 * the host is heard again: a panel that cannot be told of a withdrawal shows nothing that may have been withdrawn.
 *
 * @param {string} address
 * @param {AbortSignal} signal ends it
 * @param {import("../core/tools.js").Tools} tools
 * @param {() => boolean} read whether the panel is open and seen
 * @param {() => void} changed called when quotes went, and when all went stale or came back
 */
export function quotes(address, signal, { leaseEnd, now }, read, changed) {
  /** @type {Map<string, { until: number, version: number }>} ends of leases by mark, and what they were given under */
  const held = new Map();
  let fresh = true;
  let looking = false;
  let failures = 0;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let expiry;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let next;

  /** Looks at the clock: after the alarm, and when the page is hidden or comes back. */
  function wake() {
    clearTimeout(expiry);
    if (signal.aborted) return;
    // Without quotes there is nothing that could end.
    const left = Math.min(...[...held.values()].map(({ until }) => until)) - now();
    if (left > 0 && held.size) expiry = setTimeout(wake, left);
    if (fresh === left > 0) return;
    fresh = !fresh;
    changed();
  }

  function plan() {
    clearTimeout(next);
    if (!signal.aborted) next = setTimeout(look, failures ? backOff(failures) : LOOK_MS);
  }

  async function look() {
    if (looking || !held.size || !read()) return;
    looking = true;
    const sent = now();
    const asked = [...held.keys()];
    const version = Math.min(...[...held.values()].map((lease) => lease.version));
    try {
      const body = JSON.stringify({ version, quotes: asked });
      const response = await fetch(address, { method: "POST", body, signal, credentials: "omit" });
      if (!response.ok) throw response;
      const until = leaseEnd(response, sent);
      const found = response.status === 204 ? { version, shown: asked } : await response.json();
      // A lease that is over already renews nothing, and a quote that came meanwhile has its own.
      if (until <= now()) throw response;
      failures = 0;
      let gone = false;
      for (const name of asked) {
        if (found.shown.includes(name)) held.set(name, { until, version: found.version });
        else gone = held.delete(name);
      }
      if (gone) changed();
    } catch {
      failures++;
    }
    looking = false;
    wake();
    plan();
  }

  signal.addEventListener("abort", () => {
    clearTimeout(expiry);
    clearTimeout(next);
  });
  document.addEventListener("visibilitychange", () => (wake(), look()), { signal });

  return {
    /**
     * Takes quotes under the lease they came with.
     *
     * @param {Citation[]} citations
     * @param {number} until
     * @param {number} version
     */
    hold(citations, until, version) {
      for (const citation of citations) held.set(mark(citation), { until, version });
      // The oldest answers of a very long talk have to go.
      for (const name of [...held.keys()].slice(0, -MOST)) held.delete(name);
      wake();
      plan();
      if (!fresh) look();
    },
    look,
    fresh: () => fresh,
    /** @param {Citation} citation */
    has: (citation) => held.has(mark(citation)),
  };
}
