/** How far the wall clock is ahead of the monotonic one, in ms. It only grows. */
let ahead = 0;

/**
 * Milliseconds on a clock that never goes back. `performance.now()` stands still on several systems while the
 * machine sleeps, and a lease must not: a wall clock that ran further carries this one along. A wall clock set
 * forward therefore ends a lease too early, which costs one request; one set back changes nothing.
 */
export function now() {
  const monotonic = performance.now();
  ahead = Math.max(ahead, Date.now() - monotonic);
  return monotonic + ahead;
}

/**
 * When the lease that a response carries ends. It counts from when the request was sent, less what caches held it.
 *
 * @param {Response} response
 * @param {number} sent by `now()`
 * @returns {number} on the clock of `now()`; `sent` itself, which is over, where there is no lease
 */
export function leaseEnd(response, sent) {
  const seconds = (/** @type {string} */ name) => Number(response.headers.get(name));
  return sent + 1000 * (seconds("Vouchsafe-Lease") - seconds("Age"));
}
