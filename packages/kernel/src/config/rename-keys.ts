import type { ConfigDocument } from "./config-document.ts";
import { type ConfigNode, mapNode } from "./config-node.ts";
import type { ConfigPath } from "./config-path.ts";

/**
 * The same document with keys spelled otherwise; places stay as they were. `rename` gives the name of a key of the map at `path`.
 * What is then there twice is a problem.
 */
export async function renameKeys(
  document: ConfigDocument,
  rename: (key: string, path: ConfigPath) => string,
): Promise<ConfigDocument> {
  const twice: { path: ConfigPath; key: string }[] = [];
  const root = renamed(document.root, []);
  const problems = await Promise.all(
    twice.map(({ path, key }) => document.problemAt([...path, key], "is given twice, in two spellings", "key")),
  );
  return document.with({ root, problems: [...document.problems, ...problems] });

  function renamed(node: ConfigNode, path: ConfigPath): ConfigNode {
    if (node.kind !== "map") return node;
    const entries = new Map<string, ConfigNode>();
    for (const [key, child] of node.entries) {
      const name = rename(key, path);
      if (entries.has(name)) twice.push({ path, key });
      entries.set(name, renamed(child, [...path, name]));
    }
    return mapNode(entries, node.origin);
  }
}
