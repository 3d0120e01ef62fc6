import { backOff } from "./keeper.js";
import { applyPatch } from "./patch.js";

/** The server beats this often; a beat that comes later than that was on its way for longer. */
const BEAT_MS = 15_000;
/** Silence after which a connection is taken for dead, though nobody closed it. */
const SILENCE_MS = 2.5 * BEAT_MS;
/** Pages that got the same news spread their re-reading over this long. */
const JITTER_MS = 3000;

/**
 * Keeps a widget up to date: a WebSocket, or server-sent events where no socket can be opened. Patches are painted
 * and acknowledged, beats renew the lease. While the tab is hidden there is no connection.
 *
 * @param {import("../core/widget.js").Widget} widget
 * @param {ReturnType<typeof import("./keeper.js").keeper>} keeper
 * @param {import("../core/tools.js").Tools} tools
 */
export function connection(widget, keeper, { now }) {
  const { base, signal } = widget;
  /** @type {WebSocket | EventSource | undefined} */
  let channel;
  let name = "";
  let useEvents = false;
  let failures = 0;
  /** When the frame that may next renew the lease was asked for, or expected. */
  let expected = 0;
  /** Version last acknowledged on this connection. */
  let acknowledged = -1;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let rereading;

  /** The version on the page; none when the lease is over. */
  const shown = () => (widget.fresh && widget.feed ? widget.feed.version : -1);

  function open() {
    if (channel || !widget.feed) return;
    clearTimeout(timer);
    let spoke = false;
    expected = now();
    acknowledged = -1;
    // Only ever the host that the script came from: the feed names a path on it.
    const path = (useEvents ? widget.feed.events : widget.feed.live).slice(1);
    const url = `${useEvents ? base : base.replace("http", "ws")}${path}?${widget.query}${widget.fresh ? `&v=${shown()}` : ""}`;
    const own = (channel = useEvents ? new EventSource(url) : new WebSocket(url));
    const lost = () => {
      if (channel !== own) return;
      // A socket that never spoke is what a proxy without WebSocket looks like; the next attempt takes the other way.
      if (!spoke) useEvents = !useEvents;
      shut();
      timer = setTimeout(open, backOff(failures++));
    };
    const listen = () => {
      clearTimeout(timer);
      timer = setTimeout(lost, SILENCE_MS);
    };
    own.onmessage = (/** @type {MessageEvent<string>} */ { data }) => {
      if (channel !== own) return;
      spoke = true;
      failures = 0;
      listen();
      receive(JSON.parse(data));
    };
    own.onerror = /** @type {WebSocket} */ (own).onclose = lost;
    listen();
  }

  function shut() {
    clearTimeout(timer);
    const old = channel;
    channel = undefined;
    old?.close();
  }

  /** @param {LiveFrame} frame */
  function receive(frame) {
    if (frame.type === "reload") reread(JITTER_MS);
    else if (frame.type === "patch") patch(frame);
    else if (frame.type === "refused") refused();
    else {
      const { v, lease } = frame;
      const greeting = frame.type === "hello";
      if (greeting) name = frame.connection;
      // A frame may have been held up on its way: it counts from when it should have come, if that was earlier.
      const since = Math.min(now(), expected);
      expected = now() + BEAT_MS;
      widget.newest = Math.max(widget.newest, v);
      if (v === shown()) {
        widget.renew(since + lease * 1000);
        keeper.plan();
        acknowledge();
      } else if (v > shown()) reread(greeting ? 0 : JITTER_MS);
    }
  }

  /** @param {PatchFrame} frame */
  function patch(frame) {
    const { feed, fresh } = widget;
    widget.newest = Math.max(widget.newest, frame.to);
    const next = fresh && feed && applyPatch(feed, frame);
    if (next) widget.show(next);
    else if (frame.to > shown()) {
      // Something between was missed. What must go is known all the same, and does not wait for the feed.
      if (fresh && feed) widget.show({ ...feed, items: feed.items.filter(({ id }) => !frame.remove?.includes(id)) });
      reread(JITTER_MS);
    }
  }

  /** The shop has taken this page's origin off its list: the same as a feed that is refused, and just as final. */
  function refused() {
    widget.stop();
    keeper.failed(new Response(null, { status: 403 }));
  }

  /** @param {number} spread ms */
  function reread(spread) {
    clearTimeout(rereading);
    rereading = setTimeout(keeper.load, Math.random() * spread);
  }

  /** Tells the server what is on the screen, once it is: the author's receipt says so. */
  function acknowledge() {
    const v = shown();
    requestAnimationFrame(() =>
      setTimeout(() => {
        if (v < 0 || shown() !== v || v === acknowledged || !channel) return;
        if (channel instanceof WebSocket) {
          if (channel.readyState !== 1) return;
          channel.send(JSON.stringify({ type: "ack", v }));
        } else {
          const body = JSON.stringify({ connection: name, v });
          fetch(`${base}w/${widget.id}/ack`, { method: "POST", body, credentials: "omit", keepalive: true }).catch(() => {});
        }
        acknowledged = v;
      }),
    );
  }

  function follow() {
    if (document.hidden || signal.aborted) shut();
    else open();
    acknowledge();
  }

  widget.watchers.add(follow);
  follow();
}
