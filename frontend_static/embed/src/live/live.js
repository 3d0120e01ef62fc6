import controls from "../core/controls.css";
import { connection } from "./connection.js";
import { enhance } from "./enhance.js";
import { keeper } from "./keeper.js";
import text from "./live.css";

/** @typedef {import("../core/widget.js").Widget} Widget */
/** @typedef {import("../core/tools.js").Tools} Tools */

/**
 * Completes a widget that shows its first feed and keeps it up to date. Calling it again does nothing.
 *
 * @param {Widget} widget
 * @param {Tools} tools
 */
export function connect(widget, tools) {
  if (widget.connected) return;
  widget.connected = true;
  tools.adopt(widget.root, controls + text);
  enhance(widget, tools);
  const kept = (widget.keeper ??= keeper(widget, tools));
  kept.plan();
  connection(widget, kept, tools);
}

/**
 * Goes on after a first reading that failed.
 *
 * @param {Widget} widget
 * @param {unknown} reason
 * @param {Tools} tools
 */
export function recover(widget, reason, tools) {
  (widget.keeper ??= keeper(widget, tools)).failed(reason);
}
