/**
 * A button of the interface, styled by hosts as `::part(button)` or by its own name.
 *
 * @param {import("./tools.js").Tools} tools
 * @param {string} name
 * @param {() => void} action
 * @param {...import("./dom.js").Child} children
 */
export function button({ html }, name, action, ...children) {
  const node = html("button", { type: "button", class: name, part: `button ${name}` }, ...children);
  node.onclick = action;
  return node;
}
