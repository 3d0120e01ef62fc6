import { answers } from "./answer.js";
import { configuration } from "./config.js";
import { quotes } from "./quotes.js";
import { eventData } from "./stream.js";
import { button } from "../core/button.js";
import controls from "../core/controls.css";
import text from "./assistant.css";

/** Longest question the host takes, in UTF-16 units of the input. */
const QUESTION_LIMIT = 300;

/** @param {Said} answer */
const quoted = ({ claims }) => claims.flatMap(({ citations }) => citations);

/**
 * One assistant on the page: a button, and a panel that answers questions with what customers wrote.
 *
 * @param {HTMLElement} element
 * @param {ShadowRoot} root
 * @param {string} base address of the host
 * @param {AbortSignal} signal ends it
 * @param {import("../core/tools.js").Tools} tools
 */
export async function start(element, root, base, signal, tools) {
  const { adopt, css, html, leaseEnd, now, put, svg } = tools;
  const id = element.getAttribute("assistant-id") ?? "";
  const own = `${base}a/${encodeURIComponent(id)}/`;
  const locale = element.getAttribute("locale");
  const product = element.getAttribute("product");
  const placement = { ...(product && { product }), ...(locale && { locale }) };

  /**
   * @param {string} name
   * @param {object} detail
   */
  const emit = (name, detail) =>
    element.dispatchEvent(new CustomEvent(`vouchsafe:${name}`, { bubbles: true, composed: true, detail }));

  const address = `${own}config.json?${new URLSearchParams(placement)}`;
  const config = await configuration({ element, base, id, address, signal, fresh: false, feed: undefined, clear() {}, stop() {}, emit });
  if (!config || signal.aborted) return;
  const { labels, notice, suggestions } = config;
  const { name } = config.assistant;
  const language = locale || document.documentElement.lang || "en";
  const icon = (/** @type {string} */ d) => svg("svg", { viewBox: "0 0 24 24", "aria-hidden": "true" }, svg("path", { d }));
  const render = answers(labels, base, language, tools);

  /** @type {{ place: HTMLElement, question: string, answer: Said }[]} what has been asked and answered */
  const talk = [];
  /** The boxes of answers that had to go out of sight. */
  const heights = new CSSStyleSheet();
  const kept = quotes(`${own}quotes`, signal, tools, () => panel.open && !document.hidden, draw);

  const launcher = button(tools, "launcher", open, icon("M4 5h16v11H10l-5 4v-4H4zM8 9h8M8 12.5h5"), labels.open ?? name);
  const close = button(tools, "close", () => panel.close(), "×");
  close.ariaLabel = labels.close ?? "";
  const chips = suggestions.map((suggestion) => button(tools, "suggestion", () => ask(suggestion), suggestion));
  const first = html("div.suggestions", {}, ...chips);
  const input = html("input", { maxlength: QUESTION_LIMIT, autocomplete: "off", enterkeyhint: "send", placeholder: labels.placeholder, "aria-label": labels.placeholder, dir: "auto" });
  const send = html("button.send", { "aria-label": labels.send }, icon("M12 20V4M5 11l7-7 7 7"));
  const form = html("form.ask", {}, input, send);
  // What the reader talks to is said before the first word can be typed, and stays.
  const log = html("div.log", { role: "log", tabindex: 0, "aria-label": name }, html("p.notice", {}, notice), chips.length > 0 && first);
  const head = html("header.bar-top", {}, html("h2.name", {}, html("bdi", {}, name)), close);
  const panel = html("dialog.panel", { "aria-label": name }, head, log, form);
  const dock = html("div", { class: `box dock ${element.getAttribute("theme") ?? ""}`, popover: "manual", lang: locale }, panel, launcher);
  for (const part of [css, controls, text]) adopt(root, part);
  root.adoptedStyleSheets.push(heights);
  root.replaceChildren(html("div.root", {}, dock));
  // The top layer: neither a transform nor a z-index of the host page can push the button away or cover it.
  dock.showPopover();
  signal.addEventListener("abort", () => root.replaceChildren());

  function open() {
    if (matchMedia("(width < 30rem)").matches) panel.showModal();
    else panel.show();
    input.focus();
    kept.look();
  }
  panel.onkeydown = (event) => {
    if (event.key !== "Escape") return;
    event.preventDefault();
    event.stopPropagation();
    panel.close();
  };
  panel.onclose = () => launcher.focus();
  form.onsubmit = (event) => {
    event.preventDefault();
    ask(input.value);
  };

  /** @param {string} question */
  async function ask(question) {
    question = question.trim();
    if (!question || send.ariaDisabled === "true") return;
    const place = html("div.answer", {}, html("p.waiting", {}, labels.thinking));
    /** @type {typeof talk[number]} */
    const entry = { place, question, answer: { claims: [] } };
    talk.push(entry);
    first.remove();
    input.value = "";
    input.focus();
    send.ariaDisabled = log.ariaBusy = "true";
    const asked = html("p.question", { dir: "auto" }, question);
    log.append(asked, place);
    log.scrollTop = asked.offsetTop - log.offsetTop - 16;
    try {
      const { claims, abstained } = (entry.answer = await receive(entry));
      show(entry);
      emit("change", { claims: claims.length, abstained });
    } catch {
      if (signal.aborted) return;
      entry.answer = { claims: [] };
      put(place, html("p", {}, labels.error));
      emit("error", { code: "answer_failed", message: labels.error });
    } finally {
      send.ariaDisabled = log.ariaBusy = "false";
    }
  }

  /** @param {typeof talk[number]} entry */
  function show({ place, question, answer }) {
    if (kept.fresh() || !quoted(answer).length) put(place, ...render.whole(answer, kept.has, () => ask(question)));
    else put(place, html("p", {}, labels.unavailable));
  }

  /** Quotes went, or all of them went stale or came back. What goes out of sight keeps its place. */
  function draw() {
    const nodes = [...log.children];
    const rules = talk.map(({ place }) => `.answer:nth-child(${nodes.indexOf(place) + 1}){min-block-size:${place.offsetHeight}px}`);
    heights.replaceSync(kept.fresh() ? "" : rules.join(""));
    for (const entry of talk) if (quoted(entry.answer).length) show(entry);
  }

  /**
   * Sends a question and shows the claims as they come, under the lease they come with.
   *
   * @param {typeof talk[number]} entry
   * @returns {Promise<Answer>} the whole answer, which has the last word
   */
  async function receive({ place, question, answer: { claims } }) {
    const body = JSON.stringify({ question, ...placement });
    const headers = { Accept: "text/event-stream", "Content-Type": "application/json" };
    const sent = now();
    const response = await fetch(`${own}ask`, { method: "POST", body, headers, signal, credentials: "omit" });
    if (!response.ok || !response.body) throw new Error(`${response.status}`);
    /**
     * @param {Answer} answer
     * @param {number} until
     */
    const whole = (answer, until) => {
      kept.hold(quoted(answer), until, answer.version);
      return answer;
    };
    if (!response.headers.get("Content-Type")?.startsWith("text/event-stream")) {
      return whole((await response.json()).answer, leaseEnd(response, sent));
    }
    for await (const data of eventData(response.body)) {
      /** @type {AssistantFrame} */
      const frame = JSON.parse(data);
      if (frame.type === "done") return whole(frame.answer, sent + 1000 * frame.lease);
      if (frame.type === "error") throw new Error(frame.error.code);
      if (frame.type === "claim") {
        if (!claims.length) put(place);
        claims.push(frame.claim);
        // Under no version that the host would know again: the next look is a thorough one.
        kept.hold(frame.claim.citations, sent + 1000 * frame.lease, 0);
        if (kept.fresh()) place.append(render.claim(frame.claim));
      } else place.append(render.coverage(frame.coverage ?? frame));
    }
    throw new Error("answer ended early");
  }

  emit("ready", { suggestions: suggestions.length });
}
