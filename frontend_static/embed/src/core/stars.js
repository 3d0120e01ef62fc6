import { svg } from "./dom.js";
import { fill } from "./text.js";

/** Five stars side by side in a field of 100 × 20. */
const FIVE = [0, 20, 40, 60, 80].map((x) => `M${x + 10} 1l2.8 5.7 6.2.9-4.5 4.4 1.1 6.2-5.6-2.9-5.6 2.9 1.1-6.2L${x + 1} 7.6l6.2-.9z`).join("");

/**
 * @param {number} rating 0 to 5; parts of a star are drawn
 * @param {Record<string, string>} [naming] what it is for a screen reader; nothing where the text beside it says the same
 */
export const stars = (rating, naming = { "aria-hidden": "true" }) =>
  svg("svg.stars", { viewBox: "0 0 100 20", ...naming },
    svg("path", { d: FIVE }),
    svg("svg", { width: rating * 20, height: 20 }, svg("path", { d: FIVE })),
  );

/**
 * @param {number} rating
 * @param {Labels} labels
 */
export const ratedText = (rating, labels) => fill(labels.rated, { rating });

/**
 * @param {number} rating
 * @param {Labels} labels
 */
export const rated = (rating, labels) => stars(rating, { role: "img", "aria-label": ratedText(rating, labels) });
