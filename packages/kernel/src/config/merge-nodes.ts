import { type ConfigNode, type ListNode, listNode, type MapNode, mapNode } from "./config-node.ts";

/**
 * Lays `overlay` over `base`:
 *
 * - maps are merged key by key; `null` in the overlay takes the key away
 * - two lists whose items are all maps with an `id` are merged by it: same id, same item; new ones follow in order
 * - anything else is replaced
 *
 * What came from the overlay is located in the overlay's file.
 */
export function mergeNodes(base: ConfigNode, overlay: ConfigNode): ConfigNode {
  if (base.kind === "map" && overlay.kind === "map") return mergeMaps(base, overlay);
  if (base.kind === "list" && overlay.kind === "list" && hasIds(base) && hasIds(overlay))
    return mergeById(base, overlay);
  return overlay;
}

function mergeMaps(base: MapNode, overlay: MapNode): MapNode {
  const entries = new Map(base.entries);
  for (const [key, above] of overlay.entries) {
    const below = entries.get(key);
    if (above.kind === "scalar" && above.value === null) entries.delete(key);
    else if (below !== undefined) entries.set(key, mergeNodes(below, above));
    else entries.set(key, above.kind === "map" ? mergeMaps(mapNode(new Map(), above.origin), above) : above);
  }
  return mapNode(entries, base.origin);
}

/** An id given twice in one list is kept twice, for the check of the whole to report. */
function mergeById(base: ListNode, overlay: ListNode): ListNode {
  const items = [...base.items];
  const indexes = new Map<string | undefined, number>();
  for (const [index, item] of items.entries()) if (!indexes.has(idOf(item))) indexes.set(idOf(item), index);
  for (const above of overlay.items) {
    const index = indexes.get(idOf(above));
    if (index === undefined) items.push(above);
    else items[index] = mergeNodes(items[index]!, above);
  }
  return listNode(items, base.origin);
}

const hasIds = (list: ListNode): boolean =>
  list.items.length > 0 && list.items.every((item) => idOf(item) !== undefined);

function idOf(item: ConfigNode): string | undefined {
  const id = item.kind === "map" ? item.entries.get("id") : undefined;
  return id?.kind === "scalar" && typeof id.value === "string" ? id.value : undefined;
}
