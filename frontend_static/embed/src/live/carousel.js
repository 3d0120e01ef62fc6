import { button } from "../core/button.js";

/**
 * The controls of a carousel that never moves by itself: previous, where we are, next; arrows, Home and End on
 * the keyboard. The cards scroll and snap natively, so touch, wheel and screen readers need nothing from us.
 *
 * @param {import("../core/widget.js").Widget} widget
 * @param {HTMLElement} list the scrolling row of cards
 * @param {Labels} labels
 * @param {import("../core/tools.js").Tools} tools
 */
export function carousel({ box, foot }, list, labels, tools) {
  const { fill, html } = tools;
  const previous = button(tools, "step", () => move(-shown()), "‹");
  const position = html("span", { role: "status" });
  const next = button(tools, "step", () => move(shown()), "›");
  previous.ariaLabel = labels.previous ?? "";
  next.ariaLabel = labels.next ?? "";
  const controls = html("div.controls", {}, previous, position, next);
  foot.append(controls);
  box.ariaRoleDescription = labels.carousel ?? "";
  list.tabIndex = 0;
  list.role = "group";
  list.ariaLabel = box.ariaLabel;

  /** Pixels from one card to the next. */
  function step() {
    const [first, second] = /** @type {HTMLCollectionOf<HTMLElement>} */ (list.children);
    return first && second ? Math.abs(second.offsetLeft - first.offsetLeft) : list.clientWidth || 1;
  }
  /** How many cards are wholly in view, with some slack for fractions of a pixel and the gap after the last. */
  const shown = () => Math.max(1, Math.floor(list.clientWidth / step() + 0.1));

  /** @param {number} cards */
  function move(cards) {
    list.scrollBy({ left: cards * step() * (list.matches(":dir(rtl)") ? -1 : 1) });
  }

  function update() {
    const total = list.children.length;
    const first = Math.round(Math.abs(list.scrollLeft) / step()) + 1;
    const last = Math.min(total, first + shown() - 1);
    position.textContent = fill(labels.of, { n: last > first ? `${first}–${last}` : first, total });
    previous.ariaDisabled = `${first < 2}`;
    next.ariaDisabled = `${last >= total}`;
    controls.hidden = list.scrollWidth <= list.clientWidth + 1;
  }

  list.onscroll = update;
  list.onkeydown = (event) => {
    const way = list.matches(":dir(rtl)") ? -1 : 1;
    const cards = { ArrowLeft: -way, ArrowRight: way, Home: -list.children.length, End: list.children.length }[event.key];
    if (!cards) return;
    event.preventDefault();
    move(cards);
  };
  return { update };
}
