/**
 * How the ratings spread over the stars.
 *
 * @param {Feed} feed
 * @param {import("../core/tools.js").Tools} tools
 */
export function histogram({ locale, labels, summary: { histogram: counts, rated } }, { html, ratedText, svg }) {
  const rows = [5, 4, 3, 2, 1].flatMap((rating) => {
    const count = counts[rating] ?? 0;
    const text = count.toLocaleString(locale);
    const width = `${(100 * count) / (rated || 1)}%`;
    return [
      html("span", { role: "img", "aria-label": `${ratedText(rating, labels)}: ${text}` }, `${rating} ★`),
      svg("svg.bar", { "aria-hidden": "true" }, svg("rect", { width, height: "100%" })),
      html("span", { "aria-hidden": "true" }, text),
    ];
  });
  return html("div.histogram", {}, ...rows);
}
