/** Re-read this long before a lease ends, when no live connection renewed it. */
const MARGIN_MS = 10_000;

/**
 * Reads a widget's feed again when it is due or a reading failed.
 *
 * @param {import("../core/widget.js").Widget} widget
 * @param {import("../core/tools.js").Tools} tools
 */
export function keeper(widget, { now }) {
  const { signal } = widget;
  let failures = 0;
  /** @type {Promise<void> | undefined} a reading under way */
  let reading;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;

  /** One reading at a time, whoever asks. */
  function load() {
    reading ??= widget
      .read()
      .then(() => {
        failures = 0;
      }, failed)
      .finally(() => {
        reading = undefined;
        plan();
      });
  }

  /** @param {unknown} reason the answer that was no feed, or the error of a reading */
  const failed = (reason) =>
    widget.load("trouble").then((trouble) => trouble.judge(widget, reason, ++failures), () => void ++failures);

  function plan() {
    clearTimeout(timer);
    if (signal.aborted) return;
    const left = widget.until - now();
    const wait = widget.fresh && !failures ? Math.max(1000, left - Math.min(MARGIN_MS, left / 2)) : backOff(failures);
    timer = setTimeout(() => document.hidden || load(), wait);
  }

  widget.watchers.add(plan);
  return { load, plan, failed: (/** @type {unknown} */ reason) => failed(reason).then(plan) };
}

/**
 * Full-jitter back-off.
 *
 * @param {number} failures so far, from 0
 * @returns {number} ms to wait: evenly spread below 1 s × 2^failures, at most 60 s
 */
export const backOff = (failures) => Math.random() * Math.min(60, 2 ** failures) * 1000;
