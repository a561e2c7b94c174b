/**
 * The ids that entries such as `SIG-1..SIG-116` and `SIG-133` stand for, in order.
 *
 * @throws SyntaxError for an entry that is neither.
 */
export function expandScope(entries: readonly string[]): string[] {
  return entries.flatMap((entry) => {
    const [, prefix, first, otherPrefix = prefix, last = first] =
      /^([A-Z]{3})-(\d+)(?:\.\.([A-Z]{3})-(\d+))?$/.exec(entry) ?? [];
    if (!prefix || prefix !== otherPrefix || Number(last) < Number(first)) {
      throw new SyntaxError(`scope.json: "${entry}" is neither an id nor a range such as SIG-1..SIG-116`);
    }
    return Array.from({ length: Number(last) - Number(first) + 1 }, (_, index) => `${prefix}-${Number(first) + index}`);
  });
}
