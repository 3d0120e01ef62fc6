import { Widget } from "./core/widget.js";
import { tools } from "./core/tools.js";

/**
 * @typedef {object} Chunks
 * @property {typeof import("./live/live.js")} live
 * @property {typeof import("./review/review.js")} review
 * @property {typeof import("./summary/summary.js")} summary
 * @property {typeof import("./trouble/trouble.js")} trouble
 * @property {typeof import("./assistant/assistant.js")} assistant
 */
/** @typedef {<N extends keyof Chunks>(name: N) => Promise<Chunks[N]>} Load */

const ATTRIBUTES = ["product", "category", "locale", "type", "count"];
const script = /** @type {HTMLScriptElement | null} */ (
  document.currentScript ?? document.querySelector('script[src*="/embed/v1/embed.js"]')
);
/** The host is where this script came from; nothing else has to be told to the page. */
const base = script && new URL("../../", script.src).href;

/**
 * Loads a chunk. `import()` hands on the nonce of this script, is allowed where Trusted Types are enforced, and
 * gives the same module each time.
 *
 * @type {Load}
 */
const load = (name) => import(`${base}embed/v1/${name}-${CHUNKS[name]}.js`);

/**
 * An element that starts its part when it enters a document, begins anew when an attribute changes, and ends it
 * when it leaves; all attributes set in one go, or a move within the page, count as one change.
 *
 * @param {"widget" | "assistant"} tag
 * @param {(element: HTMLElement, root: ShadowRoot) => { stop(): void, dress?(): void }} start
 */
function define(tag, start) {
  const names = [`${tag}-id`, ...ATTRIBUTES];
  class VouchsafeElement extends HTMLElement {
    static observedAttributes = [...names, "theme"];
    /** @type {ReturnType<typeof start> | undefined} */
    #part;
    #key = "";
    #root = this.attachShadow({ mode: "open" });

    attributeChangedCallback() {
      queueMicrotask(() => this.#settle());
    }
    connectedCallback() {
      this.attributeChangedCallback();
    }
    disconnectedCallback() {
      this.attributeChangedCallback();
    }
    #settle() {
      const key = this.isConnected && this.getAttribute(`${tag}-id`) ? JSON.stringify(names.map((name) => this.getAttribute(name))) : "";
      if (key === this.#key) return this.#part?.dress?.();
      this.#part?.stop();
      this.#key = key;
      this.#part = key ? start(this, this.#root) : undefined;
    }
    /** Ends the element for good: connections, timers, content. */
    destroy() {
      this.remove();
      this.#settle();
    }
    /** Gives life to `<div class="vouchsafe-widget" data-widget-id="…">` written where custom tags are stripped. */
    static scan() {
      for (const place of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll(`div.vouchsafe-${tag}`))) {
        if (place.querySelector(`vouchsafe-${tag}`)) continue;
        const element = document.createElement(`vouchsafe-${tag}`);
        for (const name of VouchsafeElement.observedAttributes) {
          const value = place.getAttribute(`data-${name}`);
          if (value) element.setAttribute(name, value);
        }
        // What stood there for readers without JavaScript goes out of sight, but stays in the page.
        element.append(...place.childNodes);
        place.append(element);
      }
    }
  }
  const name = `vouchsafe-${tag}`;
  if (!customElements.get(name)) customElements.define(name, VouchsafeElement);
  // A page that runs the script again (many single-page sites do after a navigation) may have new divs.
  const scan = () => /** @type {any} */ (customElements.get(name)).scan();
  scan();
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", scan);
}

if (base) {
  define("widget", (element, root) => new Widget(element, root, base, load));
  define("assistant", (element, root) => {
    const abort = new AbortController();
    const { signal } = abort;
    (window.requestIdleCallback ?? setTimeout)(async () => {
      const assistant = await load("assistant").catch(() => undefined);
      if (!signal.aborted) assistant?.start(element, root, base, signal, tools);
    });
    return { stop: () => abort.abort() };
  });
}
