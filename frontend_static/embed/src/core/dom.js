/** @typedef {Node | string | number | null | undefined | false} Child falsy ones are left out */
/** @typedef {Record<string, string | number | null | undefined>} Attributes null and undefined are left out */

/**
 * Gives a node these children and no others. Strings become text nodes, never mark-up: what customers wrote cannot
 * be anything but text, and a page that enforces Trusted Types has nothing to object to.
 *
 * @param {Element | ShadowRoot} node
 * @param {...Child} children
 */
export const put = (node, ...children) => node.replaceChildren(.../** @type {Node[]} */ (children.filter(Boolean)));

/**
 * @param {string} namespace
 * @returns {(selector: string, attributes?: Attributes, ...children: Child[]) => Element}
 */
const maker =
  (namespace) =>
  (selector, attributes = {}, ...children) => {
    const [tag, name] = /** @type {[string, string?]} */ (selector.split("."));
    const node = document.createElementNS(namespace, tag);
    if (name) node.setAttribute("class", name);
    for (const key in attributes) if (attributes[key] != null) node.setAttribute(key, `${attributes[key]}`);
    put(node, ...children);
    return node;
  };

/**
 * Builds an element from `tag` or `tag.class`.
 *
 * @type {<T extends keyof HTMLElementTagNameMap>(selector: T | `${T}.${string}`, attributes?: Attributes, ...children: Child[]) => HTMLElementTagNameMap[T]}
 */
export const html = /** @type {any} */ (maker("http://www.w3.org/1999/xhtml"));

/** The same for SVG. */
export const svg = maker("http://www.w3.org/2000/svg");

/**
 * A link that opens a new tab, or plain text where the address is not a web address (`javascript:`, nothing).
 *
 * @param {string | null | undefined} href
 * @param {Child} text
 * @param {string} [rel]
 * @param {string} [name] what a screen reader says, where the text alone does not tell one link from another
 */
export const link = (href, text, rel = "noopener nofollow ugc", name) =>
  /^https?:/i.test(`${href}`) ? html("a", { href, target: "_blank", rel, "aria-label": name }, text) : html("span", {}, text);

/** @type {Map<string, CSSStyleSheet>} by its text: made once a page */
const sheets = new Map();

/**
 * Adds a style sheet to a shadow root. No Content-Security-Policy of the host forbids one made this way, and it
 * leaves no style attribute behind.
 *
 * @param {ShadowRoot} root
 * @param {string} text
 */
export function adopt(root, text) {
  const sheet = sheets.get(text) ?? new CSSStyleSheet();
  if (!sheets.has(text)) sheet.replaceSync(text);
  sheets.set(text, sheet);
  if (!root.adoptedStyleSheets.includes(sheet)) root.adoptedStyleSheets.push(sheet);
}
