import { card, credits, photo, words } from "./card.js";
import { leaseEnd, now } from "./clock.js";
import css from "./core.css";
import { adopt, html, link, put, svg } from "./dom.js";
import { rated, ratedText } from "./stars.js";
import { fill } from "./text.js";

/**
 * What the lazily loaded chunks use of the core. They get it as an argument, so that it is on the page once and all
 * of it counts time by the same clock.
 */
export const tools = { adopt, card, credits, css, fill, html, leaseEnd, link, now, photo, put, rated, ratedText, svg, words };
/** @typedef {typeof tools} Tools */
