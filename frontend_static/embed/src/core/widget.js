import { card } from "./card.js";
import { leaseEnd, now } from "./clock.js";
import { adopt, html, link, put } from "./dom.js";
import { WALL_FIRST } from "./limits.js";
import { stars } from "./stars.js";
import css from "./core.css";
import { tools } from "./tools.js";

/**
 * One widget on the page: reads its feed, shows it, and hides it when the lease ends. All else (renewing the lease,
 * live patches, the controls, what to do when something fails) is in the live chunk, loaded when the page is idle.
 *
 * The lease is what makes a withdrawal certain: a page that cannot be told about it cannot renew its lease either.
 */
export class Widget {
  /** @type {Feed | undefined} the newest feed read */
  feed;
  /** Whether that feed is on the page, under a lease. */
  fresh = false;
  /** End of the lease on the clock of `now()`. */
  until = 0;
  /** The newest version heard of. An older feed, from a cache on the way, might bring back what was withdrawn since. */
  newest = 0;
  /** @type {string | undefined} the type of widget whose frame stands in the box */
  layout;
  /** What stands in the frame: the cards, or the figures of a summary. */
  list = html("div");
  /** @type {Map<string, Element>} by the whole of their item: a changed item gets a new card */
  cards = new Map();
  /** @type {ReturnType<import("../live/keeper.js")["keeper"]> | undefined} */
  keeper;
  connected = false;
  /** @type {Set<() => void>} told after each change of what is on the page, and when the page is hidden or comes back */
  watchers = new Set();
  box = html("section");
  frame = html("div.root", {}, this.box);
  head = html("header.head");
  reach = html("p.reach");
  foot = html("footer.foot");
  /** The feed's theme and the height held after an expiry: per widget, and no style attribute. */
  own = new CSSStyleSheet();
  query = new URLSearchParams();
  #abort = new AbortController();
  signal = this.#abort.signal;

  /**
   * @param {HTMLElement} element
   * @param {ShadowRoot} root
   * @param {string} base address of the Vouchsafe host, with a slash at its end
   * @param {import("../embed.js").Load} load loads a chunk
   */
  constructor(element, root, base, load) {
    this.element = element;
    this.root = root;
    this.base = base;
    this.load = load;
    for (const name of ["product", "category", "locale"]) {
      const value = element.getAttribute(name);
      if (value) this.query.set(name, value);
    }
    this.id = element.getAttribute("widget-id") ?? "";
    this.address = `${base}w/${encodeURIComponent(this.id)}/feed.json?${this.query}`;
    root.adoptedStyleSheets = [this.own];
    adopt(root, css);
    put(root, this.frame);
    /** As the snippet says until the feed does, so that the place is the one it will need; "" when there is nothing. */
    this.type = element.getAttribute("type") ?? "carousel";
    this.reserve();
    // Also what a page hears that comes back frozen, or from the back-forward cache.
    document.addEventListener("visibilitychange", () => this.wake(), { signal: this.signal });
    this.read().catch((reason) => this.live((live) => live.recover(this, reason, tools)));
  }

  /** Takes the widget's place on the page before anything is known of its content. */
  reserve() {
    const { type } = this;
    const summary = type === "rating_summary";
    const count = type === "wall" ? Number(this.element.getAttribute("count") ?? WALL_FIRST) : 3;
    const places = Array.from({ length: summary ? 0 : count }, () => html("div.card"));
    if (summary) this.load("summary");
    this.dress();
    put(this.box, this.head, html("div.list", {}, ...places), this.foot);
  }

  dress() {
    const { scheme, density } = this.feed?.widget.theme ?? {};
    this.box.className = `box ${this.type} ${this.element.getAttribute("theme") ?? scheme} ${density}`;
  }

  /**
   * Reads the feed and shows it.
   *
   * @throws the response when it is not the feed, an error when there is none or it may not be shown
   */
  async read() {
    const { signal } = this;
    const sent = now();
    const response = await fetch(this.address, { signal, credentials: "omit", cache: "no-cache" });
    if (!response.ok) throw response;
    const until = leaseEnd(response, sent);
    /** @type {Feed} */
    const feed = await response.json();
    if (feed.widget.type === "rating_summary") this.summary = await this.load("summary");
    if (!(until > now()) || feed.version < this.newest) throw new Error("stale");
    if (signal.aborted) return;
    this.renew(until);
    this.show(feed);
  }

  /** @param {number} until the end of the lease */
  renew(until) {
    this.until = until;
    clearTimeout(this.expiry);
    this.expiry = setTimeout(() => this.wake(), until - now());
  }

  /** Looks at the clock: after the alarm, and when the page is hidden or comes back. */
  wake() {
    if (!this.fresh || now() < this.until) {
      if (this.fresh) this.renew(this.until);
      return this.tell("");
    }
    // The words leave the page at once, the box keeps its place.
    this.own.insertRule(`.box{min-block-size:${this.box.offsetHeight}px}`);
    this.fresh = false;
    this.clear(this.feed?.labels.unavailable);
    this.tell("change");
    this.live((live) => live.connect(this, tools));
  }

  /** @param {Feed} feed of the version that is on the page from now on */
  show(feed) {
    const { version, items, labels, summary } = feed;
    const { type, theme } = feed.widget;
    const { feed: before, fresh } = this;
    this.feed = feed;
    this.type = (type === "rating_summary" ? summary.total : items.length) ? type : "";
    this.fresh = true;
    this.newest = Math.max(this.newest, version);
    this.dress();
    this.box.lang = feed.locale;
    this.box.dir = /^(ar|fa|he|ps|ur|yi)\b/.test(feed.locale) ? "rtl" : "ltr";
    const accent = /^#[\da-f]{3,8}$/i.test(theme.accent) ? `--theme-accent:${theme.accent};` : "";
    this.own.replaceSync(`.box{${accent}--theme-radius:${+theme.radius}px}`);
    if (this.type) this.draw(feed);
    else this.clear(labels.empty);
    this.tell(!before ? "ready" : !fresh || version !== before.version ? "change" : "");
    if (!before) (window.requestIdleCallback ?? setTimeout)(() => this.live((live) => live.connect(this, tools)));
  }

  /** @param {Feed} feed */
  draw(feed) {
    const { labels, selection, summary, wall_url } = feed;
    const { heading, type } = feed.widget;
    const { average, text } = summary;
    const summed = type === "rating_summary";
    const score = html("p.score", {}, average && stars(+average), html("span", {}, text));
    put(this.head, heading && html("h2.heading", { part: "heading" }, heading), !summed && score);
    put(this.reach, selection && `${selection.text} · `, link(selection?.url ?? wall_url, selection?.see_all ?? labels.see_all, "noopener"));
    if (this.layout !== type) {
      this.layout = type;
      this.box.hidden = false;
      this.box.ariaLabel = heading || text;
      this.list = html("div", { class: summed ? "scores" : "list" });
      put(this.foot, this.reach);
      put(this.box, this.head, this.list, this.foot);
    }
    if (summed) this.summary?.drawSummary(this, feed, score, tools);
    else this.drawCards(this.list, feed);
  }

  /**
   * The first drawing; the live chunk puts one in its place that keeps the nodes of what did not change.
   *
   * @param {HTMLElement} list
   * @param {Feed} feed
   */
  drawCards(list, { items, labels, widget: { type } }) {
    const shown = items.slice(0, type === "wall" ? WALL_FIRST : undefined);
    this.cards = new Map(shown.map((item) => [JSON.stringify(item), card(item, labels, this.base)]));
    put(list, ...this.cards.values());
  }

  /** @param {string} [note] what stands in the place of the content; without it the place is given back */
  clear(note) {
    this.layout = undefined;
    this.cards.clear();
    this.box.hidden = !note;
    put(this.box, note && html("p.note", {}, note));
  }

  /** @param {(live: import("../embed.js").Chunks["live"]) => void} use called once the chunk is there */
  live(use) {
    this.load("live").then(
      (live) => this.signal.aborted || use(live),
      () => {
        if (!this.fresh) this.clear(this.feed?.labels.unavailable);
        setTimeout(() => this.signal.aborted || this.live(use), 9000);
      },
    );
  }

  /** @param {string} event of the element; none: only what is on the page changed */
  tell(event) {
    for (const watcher of this.watchers) watcher();
    const { feed, fresh } = this;
    if (event) this.emit(event, { version: fresh ? feed?.version : null, items: fresh ? feed?.items.length : 0 });
  }

  /**
   * @param {string} name
   * @param {object} detail
   */
  emit(name, detail) {
    this.element.dispatchEvent(new CustomEvent(`vouchsafe:${name}`, { bubbles: true, composed: true, detail }));
  }

  /** Ends everything the widget started; what it shows goes with it. */
  stop() {
    this.#abort.abort();
    clearTimeout(this.expiry);
    this.fresh = false;
    this.clear();
    this.tell("");
  }
}
