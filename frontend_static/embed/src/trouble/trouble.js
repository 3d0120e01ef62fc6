/**
 * What was to be shown: a widget, or the assistant, which has no feed.
 *
 * @typedef {Pick<import("../core/widget.js").Widget, "element" | "base" | "id" | "address" | "signal" | "fresh" | "feed" | "clear" | "stop" | "emit">} Subject
 */

/** Failures in a row after which a network that gives no answer is worth a word. */
const PATIENCE = 3;
/** A page that was refused asks again this seldom: each reading is a red line in its console. */
const REFUSED_MS = 300_000;
/** @type {WeakSet<AbortSignal>} one for each start of an element */
const complained = new WeakSet();

/**
 * Decides what a failed reading means, says so once, and lets go what cannot be shown here.
 *
 * @param {Subject} subject
 * @param {unknown} reason the answer that was no feed, or the error of the reading
 * @param {number} failures in a row, with this one
 */
export async function judge(subject, reason, failures) {
  const status = reason instanceof Response ? reason.status : 0;
  if (status > 399 && status < 500 && status !== 408 && status !== 429) {
    subject.stop();
    if (status === 403) refused(subject);
    else unknown(subject);
    return;
  }
  // Not at the first failure: a network that just comes back, or a host that just starts, is no refusal. Even later
  // it may be a host behind a proxy that answers for it, so the readings go on, more and more seldom.
  if (subject.fresh || failures < 2) return;
  if (reason instanceof TypeError && (await reaches(subject))) {
    refused(subject);
    // The keeper reads nothing while a failure is being judged.
    await new Promise((resolve) => setTimeout(resolve, REFUSED_MS));
  } else if (failures >= PATIENCE) unreachable(subject);
}

/**
 * One sentence for the developer console, and the event for the page.
 *
 * @param {Subject} subject
 * @param {string} code
 * @param {string} message
 */
function complain(subject, code, message) {
  // A widget that never had a feed gives its place back to the page.
  if (!subject.feed) subject.clear();
  if (complained.has(subject.signal)) return;
  complained.add(subject.signal);
  console.error(`Vouchsafe: ${message}`);
  subject.emit("error", { code, message });
}

/**
 * Whether the host answers at all. A browser says the same of a refused origin and of a dead network; a request
 * whose answer the page may not read tells them apart.
 *
 * @param {Subject} subject
 */
const reaches = ({ address, signal }) =>
  fetch(address, { mode: "no-cors", credentials: "omit", signal }).then(() => true, () => false);

/**
 * "widget" or "assistant", and which.
 *
 * @param {Subject} subject
 */
const named = ({ element, id }) => `${element.localName.slice(10)} ${id}`;

/** @param {Subject} subject */
const refused = (subject) =>
  complain(
    subject,
    "origin_not_allowed",
    `${subject.base} does not let ${location.origin} show ${named(subject)}; check that the id is the one in the snippet, \
and add this origin under Settings, Allowed origins.`,
  );

/** @param {Subject} subject */
const unknown = (subject) =>
  complain(subject, "not_found", `${subject.base} does not know ${named(subject)}; check that the id is the one in the snippet.`);

/** @param {Subject} subject */
const unreachable = (subject) =>
  complain(
    subject,
    "unreachable",
    `${named(subject)} cannot be read from ${subject.base}; it will be tried again, and if this page has a \
Content-Security-Policy, its connect-src must name that host.`,
  );
