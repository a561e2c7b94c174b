/** One circle for every group of files that reach each other, each as the list of files walked through. */
export function findCycles(edges: ReadonlyMap<string, readonly string[]>): string[][] {
  const done = new Set<string>();
  const cycles: string[][] = [];
  for (const start of edges.keys()) walk(start, [], new Set());
  return cycles;

  function walk(file: string, path: string[], onPath: Set<string>): void {
    if (onPath.has(file)) {
      cycles.push(path.slice(path.indexOf(file)));
      return;
    }
    if (done.has(file)) return;
    onPath.add(file);
    path.push(file);
    for (const next of edges.get(file) ?? []) walk(next, path, onPath);
    path.pop();
    onPath.delete(file);
    done.add(file);
  }
}
