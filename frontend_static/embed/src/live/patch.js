/**
 * Applies a patch to the feed the page shows. Removals come first, then the insertions in their order, each behind
 * the item it names; a moved item is removed and inserted.
 *
 * @param {Feed} feed
 * @param {PatchFrame} patch
 * @returns {Feed | null} the feed of version `patch.to`; null when the patch does not fit and the feed must be re-read
 */
export function applyPatch(feed, { from, to, remove = [], insert = [], set = {} }) {
  if (feed.version !== from) return null;
  const items = feed.items.filter(({ id }) => !remove.includes(id));
  for (const { after, item } of insert) {
    const place = after === null ? 0 : items.findIndex(({ id }) => id === after) + 1;
    if (after !== null && !place) return null;
    items.splice(place, 0, item);
  }
  return { ...feed, ...set, items, version: to };
}
