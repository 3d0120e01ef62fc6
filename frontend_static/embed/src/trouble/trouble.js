/** @typedef {import("../core/widget.js").Widget} Widget */

/** Failures in a row after which a network that gives no answer is worth a word. */
const PATIENCE = 3;
/** A page that was refused asks again this seldom: each reading is a red line in its console. */
const REFUSED_MS = 300_000;
/** @type {WeakSet<Widget>} */
const complained = new WeakSet();

/**
 * Decides what a failed reading means, says so once, and lets a widget go that cannot be shown here.
 *
 * @param {Widget} widget
 * @param {unknown} reason the answer that was no feed, or the error of the reading
 * @param {number} failures in a row, with this one
 */
export async function judge(widget, reason, failures) {
  const status = reason instanceof Response ? reason.status : 0;
  if (status > 399 && status < 500 && status !== 408 && status !== 429) {
    widget.stop();
    refused(widget);
    return;
  }
  // Not at the first failure: a network that just comes back, or a host that just starts, is no refusal. Even later
  // it may be a host behind a proxy that answers for it, so the readings go on, more and more seldom.
  if (widget.fresh || failures < 2) return;
  if (reason instanceof TypeError && (await reaches(widget))) {
    refused(widget);
    // The keeper reads nothing while a failure is being judged.
    await new Promise((resolve) => setTimeout(resolve, REFUSED_MS));
  } else if (failures >= PATIENCE) unreachable(widget);
}

/**
 * One sentence for the developer console, and the event for the page.
 *
 * @param {Widget} widget
 * @param {string} code
 * @param {string} message
 */
function complain(widget, code, message) {
  // A widget that never had a feed gives its place back to the page.
  if (!widget.feed) widget.clear();
  if (complained.has(widget)) return;
  complained.add(widget);
  console.error(`Vouchsafe: ${message}`);
  widget.emit("error", { code, message });
}

/**
 * Whether the host answers at all. A browser says the same of a refused origin and of a dead network; a request
 * whose answer the page may not read tells them apart.
 *
 * @param {Widget} widget
 */
const reaches = ({ address, signal }) =>
  fetch(address, { mode: "no-cors", credentials: "omit", signal }).then(() => true, () => false);

/** @param {Widget} widget */
const refused = (widget) =>
  complain(
    widget,
    "origin_not_allowed",
    `${widget.base} does not let ${location.origin} show widget ${widget.id}; check that the id is the one in the snippet, \
and add this origin under Settings, Allowed origins.`,
  );

/** @param {Widget} widget */
const unreachable = (widget) =>
  complain(
    widget,
    "unreachable",
    `the feed of widget ${widget.id} cannot be read from ${widget.base}; it will be tried again, and if this page has a \
Content-Security-Policy, its connect-src must name that host.`,
  );
