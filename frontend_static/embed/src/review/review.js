import { button } from "../core/button.js";
import text from "./review.css";

/**
 * Shows a whole review in a modal dialog. It closes by itself when the review leaves the feed or the lease ends.
 *
 * @param {import("../core/widget.js").Widget} widget
 * @param {FeedItem} item
 * @param {import("../core/tools.js").Tools} tools
 */
export function openReview(widget, item, tools) {
  const { adopt, credits, html, photo, rated, words } = tools;
  const { feed, base } = widget;
  if (!feed) return;
  const { labels } = feed;
  adopt(widget.root, text);
  const close = button(tools, "close", () => dialog.close(), "×");
  close.ariaLabel = labels.close ?? "";
  const dialog = html(
    "dialog",
    { class: `${widget.box.className.replace(feed.widget.type, "")} review`, "aria-label": item.title || item.credit, lang: feed.locale, dir: widget.box.dir },
    close,
    item.rating && rated(item.rating, labels),
    ...words(item),
    ...item.media.map((media) => photo(media, base)),
    credits(item, labels, base),
  );
  const check = () => {
    if (!widget.fresh || !widget.feed?.items.some(({ id, text }) => id === item.id && text === item.text)) dialog.close();
  };
  widget.watchers.add(check);
  dialog.onclose = () => {
    widget.watchers.delete(check);
    dialog.remove();
  };
  // A click on the backdrop is a click on the dialog itself, outside its box.
  dialog.onclick = ({ target, clientX, clientY }) => {
    const { left, right, top, bottom } = dialog.getBoundingClientRect();
    if (target === dialog && (clientX < left || clientX > right || clientY < top || clientY > bottom)) dialog.close();
  };
  widget.frame.append(dialog);
  dialog.showModal();
  check();
}
