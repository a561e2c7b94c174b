import { type Program, visitorKeys, type VisitorObject } from "oxc-parser";

interface AnyNode {
  readonly type: string;
  readonly [field: string]: unknown;
}

/**
 * Shows each node to the handler of its kind, in the order of the text. Not by the parser's own `Visitor`: that keeps what each one was made
 * of for ever (`enterExitObjectCache`), some 5 kB a scan. It does not recurse, so depth cannot exhaust the stack.
 */
export function walkTree(program: Program, handlers: VisitorObject): void {
  const byType = handlers as Readonly<Record<string, ((node: AnyNode) => void) | undefined>>;
  const waiting: AnyNode[] = [program as unknown as AnyNode];
  for (let node = waiting.pop(); node; node = waiting.pop()) {
    byType[node.type]?.(node);
    const children = (visitorKeys[node.type] ?? []).flatMap((field) => node[field] as AnyNode | AnyNode[] | null);
    for (const child of children.toReversed()) if (child) waiting.push(child);
  }
}
