import { visitorKeys } from "oxc-parser";
import { parseModule } from "./parse-module.ts";

/** A name that a module uses, and nothing in it declares. */
export interface UndefinedName {
  name: string;
  /** Offset in the source, of its first use. */
  start: number;
}

/** Larger ones are bundles: nobody saves them by hand, and they take their time. JSX has names of its own. */
const MOST_CHARACTERS = 131_072;

/** A node of any kind; which fields it has, `visitorKeys` says. */
interface AnyNode {
  readonly type: string;
  readonly start: number;
  readonly [field: string]: unknown;
}

/** What a module has of itself where Node.js runs it as a script. */
const OF_SCRIPTS = ["arguments", "exports", "module", "require", "__dirname", "__filename"];

/** Fields that hold types, labels, or names that are no variables. */
const NO_VALUES: ReadonlySet<string> = new Set([
  "implements",
  "label",
  "meta",
  "returnType",
  "superTypeArguments",
  "typeAnnotation",
  "typeArguments",
  "typeParameters",
]);

/** Fields in which names are declared, by the kind of node. */
const DECLARING: Readonly<Record<string, ReadonlySet<string>>> = {
  ArrowFunctionExpression: new Set(["params"]),
  CatchClause: new Set(["param"]),
  ClassDeclaration: new Set(["id"]),
  ClassExpression: new Set(["id"]),
  FunctionDeclaration: new Set(["id", "params"]),
  FunctionExpression: new Set(["id", "params"]),
  ImportDefaultSpecifier: new Set(["local"]),
  ImportNamespaceSpecifier: new Set(["local"]),
  ImportSpecifier: new Set(["local"]),
  TSEnumDeclaration: new Set(["id"]),
  TSImportEqualsDeclaration: new Set(["id"]),
  TSModuleDeclaration: new Set(["id"]),
  VariableDeclarator: new Set(["id"]),
};

/** Of TypeScript's nodes, those that hold a value, and where; the others are types. */
const TYPED_VALUES: Readonly<Record<string, string>> = {
  TSAsExpression: "expression",
  TSEnumDeclaration: "id",
  TSImportEqualsDeclaration: "id",
  TSInstantiationExpression: "expression",
  TSModuleDeclaration: "id",
  TSNonNullExpression: "expression",
  TSParameterProperty: "parameter",
  TSSatisfiesExpression: "expression",
  TSTypeAssertion: "expression",
};

/**
 * Names that are used and declared nowhere in the module, whatever the scope: what a file lost that was cut between two statements,
 * and many a slip. Globals are those of this Node.js; a name whose `typeof` is asked, or that is a field of `globalThis`, may be one.
 */
export function undefinedNames(file: string, source: string, parsed = parseModule(file, source)): UndefinedName[] {
  if (source.length > MOST_CHARACTERS || file.endsWith("x")) return [];
  const names = new Names();
  names.visit(parsed.program as unknown as AnyNode, false);
  const known = new Set([...Object.getOwnPropertyNames(globalThis), ...OF_SCRIPTS, ...names.declared, ...names.maybe]);
  return [...names.used].filter(([name]) => !known.has(name)).map(([name, start]) => ({ name, start }));
}

class Names {
  readonly declared = new Set<string>();
  readonly maybe = new Set<string>();
  /** By name, where it is used first. */
  readonly used = new Map<string, number>();

  /** @param isDeclared whether names that stand here are declared here. */
  visit(node: AnyNode, isDeclared: boolean): void {
    const { type } = node;
    if (type === "Identifier") return this.#name(node, isDeclared);
    if (type.startsWith("TS")) return this.#typed(node, isDeclared);
    // What is exported from elsewhere is no name of this module.
    if (type === "ExportAllDeclaration" || (type === "ExportNamedDeclaration" && node["source"])) return;
    if (type === "MemberExpression") this.#member(node);
    if (type === "UnaryExpression" && node["operator"] === "typeof") this.#mayBe(node["argument"]);
    for (const field of visitorKeys[type] ?? []) {
      if (NO_VALUES.has(field) || isPlainKey(node, field)) continue;
      const isPattern = type.endsWith("Pattern") || type === "RestElement" || type === "Property";
      const isDeclaring =
        DECLARING[type]?.has(field) ?? (isDeclared && isPattern && field !== "right" && field !== "key");
      for (const inner of nodesIn(node[field])) this.visit(inner, isDeclaring);
    }
  }

  #name({ name, start }: AnyNode, isDeclared: boolean): void {
    if (isDeclared) this.declared.add(String(name));
    else if (!this.used.has(String(name))) this.used.set(String(name), start);
  }

  #typed(node: AnyNode, isDeclared: boolean): void {
    // Only said to be there: `declare function f(): void`. An overload without the function it belongs to declares nothing.
    if (node.type === "TSDeclareFunction" && node["declare"] === true) {
      for (const id of nodesIn(node["id"])) this.visit(id, true);
    }
    const field = TYPED_VALUES[node.type];
    if (field === undefined) return;
    const isDeclaring = DECLARING[node.type]?.has(field) ?? isDeclared;
    for (const inner of nodesIn(node[field])) this.visit(inner, isDeclaring);
  }

  #member({ object, property, computed }: AnyNode): void {
    const [owner] = nodesIn(object);
    if (computed !== true && (owner?.["name"] === "globalThis" || owner?.["name"] === "global")) this.#mayBe(property);
  }

  #mayBe(node: unknown): void {
    for (const { type, name } of nodesIn(node)) if (type === "Identifier") this.maybe.add(String(name));
  }
}

/** `a.b`, `{ b: 1 }`, `export { a as b }`: `b` is the name of a field or an export, not of a variable. */
function isPlainKey(node: AnyNode, field: string): boolean {
  if (field === "property" || field === "key") return node["computed"] !== true;
  return field === "exported" || field === "imported";
}

function nodesIn(value: unknown): AnyNode[] {
  const isNode = (one: unknown): one is AnyNode => typeof one === "object" && one !== null && "type" in one;
  return Array.isArray(value) ? value.filter(isNode) : isNode(value) ? [value] : [];
}
