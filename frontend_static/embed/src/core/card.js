import { html, link } from "./dom.js";
import { rated } from "./stars.js";
import { codePointSlice } from "./text.js";

/**
 * Who said it, how that is known, what connects them to the shop, where it was said and where it is reported. No part
 * of it is exposed to the host's style sheet: a shop may restyle the words, not drop the truth about them.
 *
 * @param {FeedItem} item
 * @param {Labels} labels
 * @param {string} base the host's address
 */
export const credits = ({ id, title, credit, credit_url, verification, disclosure, date, date_text, product, source }, labels, base) =>
  html("footer.meta", {},
    html("bdi.credit", {}, link(credit_url, credit)),
    disclosure && html("span.disclosure", {}, disclosure),
    verification && html("span.verification", {}, verification),
    date_text && html("time", { datetime: date }, date_text),
    product && html("bdi", {}, link(product.url, product.name)),
    source && html("span.source", {}, link(source.url, source.name)),
    link(`${base}n/${id}`, labels.report, undefined, `${labels.report}: ${title || credit}`),
  );

/**
 * A photo, when it comes from the widget's own host: the embed makes no request to anybody else.
 *
 * @param {FeedItem["media"][number]} media
 * @param {string} base the host's address
 */
export function photo({ src, alt, width, height }, base) {
  const { href, origin } = new URL(src, base);
  return origin === new URL(base).origin && html("img.photo", { part: "photo", loading: "lazy", alt, width, height, src: href });
}

/**
 * The words themselves, in their own language and direction.
 *
 * @param {FeedItem} item
 * @param {number | null} [cut] code points of the text to show; all of it without
 */
export function words({ language, title, text }, cut) {
  const attributes = { lang: language, dir: "auto" };
  return [
    title && html("h3.title", { part: "title", ...attributes }, title),
    html(cut ? "blockquote.quote cut" : "blockquote.quote", { part: "quote", ...attributes }, cut ? codePointSlice(text, 0, cut) : text),
  ];
}

/**
 * @param {FeedItem} item
 * @param {Labels} labels
 * @param {string} base
 */
export const card = (item, labels, base) =>
  html("div.card", { role: "group", "aria-label": item.title || item.credit, "data-url": item.url },
    item.media[0] && photo(item.media[0], base),
    item.rating && rated(item.rating, labels),
    ...words(item, item.cut),
    credits(item, labels, base),
  );
