import { histogram } from "./histogram.js";
import text from "./summary.css";

/**
 * Draws a rating summary: the average with its histogram or, below the floor, how many reviews there are.
 *
 * @param {import("../core/widget.js").Widget} widget
 * @param {Feed} feed
 * @param {Node} score the line with stars and number
 * @param {import("../core/tools.js").Tools} tools
 */
export function drawSummary({ list, root }, feed, score, tools) {
  const { adopt, html, put } = tools;
  const { average } = feed.summary;
  adopt(root, text);
  const figure = average && html("p.average", {}, (+average).toLocaleString(feed.locale, { minimumFractionDigits: 1 }));
  put(list, html("div.total", {}, figure, score), figure && histogram(feed, tools));
}
