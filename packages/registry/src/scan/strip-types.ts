import { visitorKeys } from "oxc-parser";
import type { ParsedModule } from "./parse-module.ts";

/** A node of any kind; which fields it has, `visitorKeys` says. */
interface AnyNode {
  readonly type: string;
  readonly start: number;
  readonly end: number;
  readonly [field: string]: unknown;
}

/** What stands between two tokens. */
const TRIVIA = /(?:\s+|\/\/[^\n\r\u2028\u2029]*|\/\*[^]*?\*\/)*/y;
const LINE_END = /[\n\r\u2028\u2029]/;
const BLACK = /\S/g;
const WORD = /[a-z]*/y;
/** What goes on with a statement that nothing else ends. */
const GOES_ON = new Set(["(", "[", "`", "+", "-", "*", "/", "<"]);
const MODIFIERS = new Set(["abstract", "declare", "override", "private", "protected", "public", "readonly"]);
/** Names of members that say something else when what follows on the next line follows at once. */
const WORDS_OF_MEMBERS = new Set(["accessor", "async", "get", "in", "instanceof", "set", "static"]);
/** Statements and members that are types as a whole. */
const TYPES_ONLY = new Set([
  "TSAbstractMethodDefinition",
  "TSAbstractPropertyDefinition",
  "TSDeclareFunction",
  "TSIndexSignature",
  "TSInterfaceDeclaration",
  "TSTypeAliasDeclaration",
]);
/** Parts of something else that are types as a whole. */
const TYPES_BESIDE = new Set(["TSTypeAnnotation", "TSTypeParameterDeclaration", "TSTypeParameterInstantiation"]);

/**
 * The module with blanks in the place of its types, every line and column where it was: what `stripTypeScriptTypes` of Node.js makes of it,
 * out of a tree that is there already.
 *
 * @returns nothing for what needs more than blanks (`enum`, a type that ends a statement), for what is rare, and for what is no TypeScript:
 * that is left to Node.js.
 */
export function stripTypes(source: string, { program, errors }: ParsedModule): string | undefined {
  if (errors.length > 0) return undefined;
  const types = new Types(source, program as unknown as AnyNode);
  try {
    types.find();
  } catch (error) {
    if (error === LEFT_TO_NODE) return undefined;
    throw error;
  }
  return types.blanked();
}

/** Thrown for what is left to Node.js. */
const LEFT_TO_NODE = Symbol("left to Node.js");

/** Where in a module types are. */
class Types {
  readonly #source: string;
  readonly #blanks: [start: number, end: number][] = [];
  /** Still to be looked at. Nothing recurses, so depth cannot exhaust the stack. */
  readonly #waiting: AnyNode[];

  constructor(source: string, program: AnyNode) {
    this.#source = source;
    this.#waiting = [program];
  }

  find(): void {
    for (let node = this.#waiting.pop(); node; node = this.#waiting.pop()) {
      if (this.#take(node)) continue;
      for (const key of visitorKeys[node.type] ?? []) {
        const child = node[key];
        if (!Array.isArray(child)) this.#push(child);
        else for (const one of child) this.#push(one);
      }
    }
  }

  blanked(): string {
    let text = "";
    let at = 0;
    for (const [start, end] of this.#blanks.toSorted(([one], [other]) => one - other)) {
      if (end <= at) continue;
      const from = Math.max(at, start);
      const gone = this.#source.slice(from, end);
      text += this.#source.slice(at, from);
      text += gone.replace(BLACK, " ");
      at = end;
    }
    return text + this.#source.slice(at);
  }

  /** @returns whether there is nothing in it that is still to be looked at. */
  #take(node: AnyNode): boolean {
    const { type, start, end } = node;
    if (type.startsWith("TS")) return this.#typed(node);
    if (node["declare"] === true || node["importKind"] === "type" || node["exportKind"] === "type") {
      this.#statement(start, end);
      return true;
    }
    switch (type) {
      case "Identifier":
        this.#identifier(node);
        return false;
      case "ObjectPattern":
      case "ArrayPattern":
        assert(node["optional"] !== true);
        return false;
      case "VariableDeclarator":
        assert(node["definite"] !== true);
        return false;
      case "ImportSpecifier":
      case "ExportSpecifier":
        return true;
      case "ImportDeclaration":
        this.#specifiers(node);
        return true;
      case "ExportNamedDeclaration":
        return this.#exported(node);
      case "ExportDefaultDeclaration":
        assert(!TYPES_ONLY.has(oneIn(node["declaration"])?.type ?? ""));
        return false;
      case "FunctionDeclaration":
      case "FunctionExpression":
        this.#ownThis(node);
        return false;
      case "ArrowFunctionExpression":
        this.#arrow(node);
        return false;
      case "ClassDeclaration":
      case "ClassExpression":
        this.#class(node);
        return false;
      case "MethodDefinition":
        return this.#method(node);
      case "PropertyDefinition":
        this.#property(node);
        return false;
      case "AccessorProperty":
      case "Decorator":
        throw LEFT_TO_NODE;
      default:
        return false;
    }
  }

  #typed(node: AnyNode): boolean {
    const { type, start, end } = node;
    if (TYPES_BESIDE.has(type)) {
      this.#beside(start, end);
      return true;
    }
    if (TYPES_ONLY.has(type) || node["declare"] === true) {
      this.#statement(start, end);
      return true;
    }
    switch (type) {
      case "TSAsExpression":
      case "TSSatisfiesExpression":
        this.#beside(oneIn(node["expression"])!.end, end);
        this.#push(node["expression"]);
        return true;
      case "TSNonNullExpression":
        assert(this.#source[end - 1] === "!");
        this.#beside(end - 1, end);
        return false;
      case "TSClassImplements":
        return true;
      case "TSInstantiationExpression":
        return false;
      default:
        throw LEFT_TO_NODE;
    }
  }

  /** A statement or a member: what follows must not go on with what comes before. */
  #statement(start: number, end: number): void {
    assert(!GOES_ON.has(this.#source[this.#next(end)] ?? ""));
    this.#blanks.push([start, end]);
  }

  /** What ends there must be ended without it, too. */
  #beside(start: number, end: number): void {
    const next = this.#next(end);
    assert(!GOES_ON.has(this.#source[next] ?? "") || !this.#hasLineEnd(end, next));
    this.#blanks.push([start, end]);
  }

  /** `name?: type`; the type is a node of its own. */
  #identifier({ name, start, optional, typeAnnotation }: AnyNode): void {
    if (optional !== true) return;
    const at = this.#next(start + String(name).length);
    assert(this.#source.startsWith(String(name), start) && this.#source[at] === "?");
    assert(at <= (oneIn(typeAnnotation)?.start ?? Infinity));
    this.#beside(at, at + 1);
  }

  #specifiers(node: AnyNode): void {
    for (const { start, end, importKind, exportKind } of nodesIn(node["specifiers"])) {
      if (importKind === "type" || exportKind === "type") this.#listed(start, end);
    }
  }

  /** One of several, with the comma behind it. */
  #listed(start: number, end: number): void {
    const next = this.#next(end);
    this.#beside(start, this.#source[next] === "," ? next + 1 : end);
  }

  #exported(node: AnyNode): boolean {
    const declaration = oneIn(node["declaration"]);
    if (declaration && (TYPES_ONLY.has(declaration.type) || declaration["declare"] === true)) {
      this.#statement(node.start, node.end);
      return true;
    }
    this.#specifiers(node);
    return false;
  }

  /** `this: type`, which is no parameter. */
  #ownThis({ params }: AnyNode): void {
    const [first] = nodesIn(params);
    if (first?.type === "Identifier" && first["name"] === "this") this.#listed(first.start, first.end);
  }

  /** Its parts stand in one line, or mean something else: before the arrow, and behind `return` and `async`. */
  #arrow({ typeParameters, returnType }: AnyNode): void {
    const before = oneIn(typeParameters);
    assert(!before || !this.#hasLineEnd(before.start, before.end));
    const result = oneIn(returnType);
    if (!result) return;
    const ahead = this.#source.slice(0, result.start).trimEnd();
    assert(ahead.endsWith(")") && !this.#hasLineEnd(ahead.length, result.end));
  }

  #class(node: AnyNode): void {
    if (node["abstract"] === true) {
      assert(this.#wordAt(node.start) === "abstract");
      this.#statement(node.start, node.start + "abstract".length);
    }
    const kept = nodesIn(node["implements"]);
    if (kept.length === 0) return;
    const parts = ["superTypeArguments", "superClass", "typeParameters", "id"];
    const last = parts.map((part) => oneIn(node[part])).find((part) => part !== undefined);
    assert(last !== undefined);
    const at = this.#next(last.end);
    assert(this.#wordAt(at) === "implements");
    this.#beside(at, kept.at(-1)!.end);
  }

  #method(node: AnyNode): boolean {
    assert(node["optional"] !== true);
    if (oneIn(node["value"])?.type === "TSEmptyBodyFunctionExpression") {
      this.#statement(node.start, node.end);
      return true;
    }
    this.#modifiers(node);
    return false;
  }

  #property(node: AnyNode): void {
    const key = oneIn(node["key"])!;
    this.#modifiers(node);
    const isNamed = node["value"] === null && WORDS_OF_MEMBERS.has(String(key["name"]));
    assert(!isNamed || node["typeAnnotation"] === null);
    if (node["optional"] !== true && node["definite"] !== true) return;
    const at = this.#next(key.end);
    assert(node["computed"] !== true && this.#source[at] === (node["optional"] === true ? "?" : "!"));
    this.#beside(at, at + 1);
  }

  /** `private static readonly`: all but what JavaScript knows. */
  #modifiers(member: AnyNode): void {
    const key = oneIn(member["key"])!;
    for (let at = this.#next(member.start); at < key.start;) {
      const word = this.#wordAt(at);
      if (word === "") return;
      if (MODIFIERS.has(word)) {
        assert(!WORDS_OF_MEMBERS.has(String(key["name"])));
        this.#statement(at, at + word.length);
      }
      at = this.#next(at + word.length);
    }
  }

  /** Most fields hold nothing: no list is made for each. */
  #push(child: unknown): void {
    if (child) this.#waiting.push(child as AnyNode);
  }

  /** Where the next token begins. */
  #next(at: number): number {
    TRIVIA.lastIndex = at;
    TRIVIA.test(this.#source);
    return TRIVIA.lastIndex;
  }

  #wordAt(at: number): string {
    WORD.lastIndex = at;
    return WORD.exec(this.#source)![0];
  }

  #hasLineEnd(start: number, end: number): boolean {
    return LINE_END.test(this.#source.slice(start, end));
  }
}

function assert(isPlain: boolean): asserts isPlain {
  if (!isPlain) throw LEFT_TO_NODE;
}

function oneIn(value: unknown): AnyNode | undefined {
  return nodesIn(value)[0];
}

function nodesIn(value: unknown): AnyNode[] {
  if (Array.isArray(value)) return value.filter(isNode);
  return isNode(value) ? [value] : [];
}

function isNode(value: unknown): value is AnyNode {
  return typeof value === "object" && value !== null && "type" in value;
}
