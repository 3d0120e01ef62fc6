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
