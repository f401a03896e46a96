/** A keyset page, newest first; `nextCursor` is null on the last one. */
export interface Page<Item> {
  items: Item[];
  nextCursor: string | null;
}

/**
 * A page of what was found, stable while rows are added, unlike one by an offset.
 * @param found with a limit of one more than the page has, which tells whether there is a next one
 * @param keyOf where the page after an item begins
 */
export function toPage<Item>(
  found: readonly Item[],
  limit: number,
  keyOf: (last: Item) => string,
): Page<Item> {
  const items = found.slice(0, limit);
  const last = items.at(-1);
  return { items, nextCursor: last !== undefined && found.length > items.length ? keyOf(last) : null };
}
