/**
 * Offsets on the wire count code points; JavaScript strings count UTF-16 units. This is the only place that
 * converts one into the other: a character outside the Basic Multilingual Plane (an emoji) is one code point
 * and two units, so counting units would cut a quote short or through the middle of a character.
 *
 * @param {string} text
 * @param {number} offset in code points; beyond the end means the end
 * @returns {number} the same place in UTF-16 units
 */
export function utf16Offset(text, offset) {
  let units = 0;
  while (offset-- > 0 && units < text.length) units += /** @type {number} */ (text.codePointAt(units)) > 0xffff ? 2 : 1;
  return units;
}

/**
 * The part of a published text between two code-point offsets, character by character as the author wrote it.
 *
 * @param {string} text
 * @param {number} start
 * @param {number} end
 */
export const codePointSlice = (text, start, end) => text.slice(utf16Offset(text, start), utf16Offset(text, end));

/**
 * Fills `{name}` in a label of the feed.
 *
 * @param {string | undefined} template
 * @param {Record<string, string | number>} values
 */
export const fill = (template = "", values) => template.replace(/\{(\w+)\}/g, (whole, name) => `${values[name] ?? whole}`);
