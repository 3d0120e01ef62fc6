import { button } from "../core/button.js";
import { WALL_FIRST } from "../core/limits.js";
import { carousel } from "./carousel.js";

/**
 * Gives the cards of a widget what the first paint did without: controls, the way to the whole review, and a drawing
 * that keeps the node, focus and place of what does not change from one feed to the next.
 *
 * @param {import("../core/widget.js").Widget} widget
 * @param {import("../core/tools.js").Tools} tools
 */
export function enhance(widget, tools) {
  const { card, fill } = tools;
  /** @type {HTMLElement | undefined} */
  let list;
  /** @type {ReturnType<typeof carousel> | undefined} */
  let slides;
  let whole = false;
  const observer = new ResizeObserver(settle);

  /** Offers the whole review on the cards that do not show all of it, as wide as they are now. */
  function settle() {
    if (!list) return;
    const more = /** @type {NodeListOf<HTMLElement>} */ (list.querySelectorAll(".more"));
    for (const node of more) node.hidden = true;
    const wanted = Array.from(list.children, (node) =>
      [...node.querySelectorAll(".title, .quote")].some(
        (part) => part.matches(".cut") || part.scrollWidth > part.clientWidth + 1 || part.scrollHeight > part.clientHeight + 1,
      ),
    );
    more.forEach((node, index) => (node.hidden = !wanted[index]));
    slides?.update();
  }

  /**
   * @param {FeedItem} item
   * @param {Labels} labels
   */
  function readMore(item, labels) {
    const show = () => widget.load("review").then((review) => review.openReview(widget, item, tools), () => open(item.url));
    const node = button(tools, "more", show, labels.read_more);
    node.ariaLabel = `${labels.read_more}: ${item.title || item.credit}`;
    return node;
  }

  /** @param {Labels} labels */
  function showAll(labels) {
    const node = button(tools, "all", () => {
      whole = true;
      node.remove();
      if (list && widget.feed) draw(list, widget.feed);
      /** @type {HTMLElement | null | undefined} */ (list?.children[WALL_FIRST]?.querySelector("a, button:not([hidden])"))?.focus();
    }, labels.show_more);
    return node;
  }

  /**
   * @param {HTMLElement} target
   * @param {Feed} feed
   */
  function draw(target, { items, labels, widget: { type } }) {
    const wall = type === "wall";
    const shown = items.slice(0, wall && !whole ? WALL_FIRST : undefined);
    if (target !== list) {
      list = target;
      observer.disconnect();
      observer.observe(list);
      slides = wall ? undefined : carousel(widget, list, labels, tools);
      if (items.length > shown.length) widget.foot.append(showAll(labels));
    }
    const atStart = !list.scrollLeft;
    const old = widget.cards;
    widget.cards = new Map();
    shown.forEach((item, index) => {
      const key = JSON.stringify(item);
      const node = old.get(key) ?? card(item, labels, widget.base);
      widget.cards.set(key, node);
      if (!old.has(key) && old.size) node.classList.add("new");
      if (!node.querySelector(".more")) node.insertBefore(readMore(item, labels), node.lastChild);
      if (slides) {
        node.ariaLabel = fill(labels.of, { n: index + 1, total: shown.length });
        node.ariaRoleDescription = labels.slide ?? "";
      }
      // Moving a node that already stands right would take its focus away.
      if (target.children[index] !== node) target.insertBefore(node, target.children[index] ?? null);
    });
    while (target.children.length > shown.length) target.lastChild?.remove();
    // The browser would hold the old first card in place and leave a newer one out of sight before it.
    if (atStart) target.scrollLeft = 0;
    settle();
  }

  widget.drawCards = draw;
  if (widget.cards.size && widget.feed) draw(widget.list, widget.feed);
}
