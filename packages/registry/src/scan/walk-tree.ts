import { type Program, visitorKeys, type VisitorObject } from "oxc-parser";

interface AnyNode {
  readonly type: string;
  readonly [field: string]: unknown;
}

type Child = AnyNode | null;

/**
 * Shows each node to the handler of its kind, in the order of the text. Not by the parser's own `Visitor`: that keeps what each one was made
 * of for ever (`enterExitObjectCache`), some 5 kB a scan. It does not recurse, so depth cannot exhaust the stack.
 */
export function walkTree(program: Program, handlers: VisitorObject): void {
  const byType = handlers as Readonly<Record<string, ((node: AnyNode) => void) | undefined>>;
  const waiting: AnyNode[] = [program as unknown as AnyNode];
  for (let node = waiting.pop(); node; node = waiting.pop()) {
    byType[node.type]?.(node);
    const keys = visitorKeys[node.type] ?? [];
    for (let at = keys.length - 1; at >= 0; at--) push(waiting, node[keys[at]!] as Child | readonly Child[]);
  }
}

/** The last one first: what lies on top is next. */
function push(waiting: AnyNode[], child: Child | readonly Child[]): void {
  if (!Array.isArray(child)) {
    if (child) waiting.push(child as AnyNode);
    return;
  }
  for (let at = child.length - 1; at >= 0; at--) push(waiting, child[at] as Child);
}
