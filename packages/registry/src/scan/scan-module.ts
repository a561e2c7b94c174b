import { neutraliseLine } from "@berth/base";
import type { Expression, VisitorObject } from "oxc-parser";
import type { Finding } from "./finding.ts";
import { MODULES } from "./modules.ts";
import { parseModule } from "./parse-module.ts";
import { type PatternName, PATTERNS } from "./patterns.ts";
import { TextPlaces } from "./text-places.ts";
import { walkTree } from "./walk-tree.ts";

const LONGEST_CODE = 120;
const LONG_TEXT = 1_000;
/** Base64 or hexadecimal without a single space. */
const ENCODED = /^[A-Za-z0-9+/=_-]+$/;
const HOST_PLACES =
  /(?:^|["'`\s])\/(?:etc\/(?:passwd|shadow|ssh|sudoers)|proc\/|sys\/|root\/|var\/run\/docker\.sock)|(?:^|\/)\.(?:ssh|aws|kube|gnupg|npmrc)\b/;
const METADATA = /169\.254\.169\.254|metadata\.google\.internal|fd00:ec2::254/i;
const INTERNALS = new Set(["binding", "_linkedBinding", "dlopen", "getBuiltinModule", "_debugProcess"]);
const GLOBALS = new Set([
  "fetch",
  "process",
  "Promise",
  "JSON",
  "Object",
  "Array",
  "Function",
  "setTimeout",
  "console",
]);
const BUILT_IN = new Set([
  "Object",
  "Array",
  "Function",
  "String",
  "Number",
  "Promise",
  "RegExp",
  "Error",
  "Map",
  "Set",
]);

/**
 * Looks through one module's syntax tree; nothing of it runs. Names that are put together at run time are not seen: a scan finds
 * what is careless or plain, and the sandbox holds what is not.
 *
 * @param file relative path, for the findings; its ending says which language it is.
 */
export function scanModule(file: string, source: string, parsed = parseModule(file, source)): Finding[] {
  const places = new TextPlaces(source);
  const findings: Finding[] = [];
  const found = (pattern: PatternName, start: number, end: number): void => {
    const { weight, sentence } = PATTERNS[pattern];
    const code = neutraliseLine(source.slice(start, Math.min(end, start + 4 * LONGEST_CODE)), LONGEST_CODE);
    findings.push({ pattern, weight, sentence, file, ...places.at(start), code });
  };
  const [broken] = parsed.errors;
  if (broken) found("unreadable", broken.labels[0]?.start ?? 0, broken.labels[0]?.end ?? 0);
  walkTree(parsed.program, new Scanner(found).handlers);
  return findings;
}

type Found = (pattern: PatternName, start: number, end: number) => void;

/** What can stand where a module or a property is named, as far as it is known before the code runs. */
function textOf(expression: Expression | { type: string } | undefined): string | undefined {
  if (expression === undefined) return undefined;
  const node = expression as Expression;
  if (node.type === "Literal" && typeof node.value === "string") return node.value;
  if (node.type === "TemplateLiteral" && node.expressions.length === 0)
    return node.quasis[0]?.value.cooked ?? undefined;
  if (node.type === "BinaryExpression" && node.operator === "+") {
    const [left, right] = [textOf(node.left), textOf(node.right)];
    return left === undefined || right === undefined ? undefined : left + right;
  }
  return undefined;
}

/** `a.b.c` as text; `undefined` for what is not a plain path of names. */
function pathOf(node: Expression): string | undefined {
  if (node.type === "Identifier") return node.name;
  if (node.type === "ChainExpression") return pathOf(node.expression);
  if (node.type !== "MemberExpression") return undefined;
  const object = pathOf(node.object);
  const property = node.computed ? textOf(node.property) : (node.property as { name?: string }).name;
  return object === undefined || property === undefined ? undefined : `${object}.${property}`;
}

class Scanner {
  readonly handlers: VisitorObject;
  readonly #found: Found;

  constructor(found: Found) {
    this.#found = found;
    this.handlers = {
      ImportDeclaration: ({ source, importKind, start, end }) => {
        if (importKind !== "type") this.#module(source.value, start, end);
      },
      ExportNamedDeclaration: ({ source, start, end }) => void (source && this.#module(source.value, start, end)),
      ExportAllDeclaration: ({ source, start, end }) => this.#module(source.value, start, end),
      ImportExpression: ({ source, start, end }) => this.#dynamicModule(textOf(source), start, end),
      CallExpression: ({ callee, arguments: args, start, end }) => this.#call(callee, args, start, end),
      NewExpression: ({ callee, start, end }) => {
        const path = pathOf(callee);
        if (path === "Function" || path?.endsWith(".Function")) found("dynamic-code", start, end);
      },
      MemberExpression: (node) => this.#member(node),
      AssignmentExpression: ({ left, start, end }) => this.#assignment(left as Expression, start, end),
      Literal: ({ value, start, end }) => void (typeof value === "string" && this.#text(value, start, end)),
      TemplateElement: ({ value, start, end }) => this.#text(value.cooked ?? value.raw, start, end),
    };
  }

  #module(name: string, start: number, end: number): void {
    const pattern = name.endsWith(".node") ? "native-addon" : MODULES.get(name.replace(/^node:/, ""));
    if (pattern) this.#found(pattern, start, end);
  }

  #dynamicModule(name: string | undefined, start: number, end: number): void {
    if (name === undefined) this.#found("dynamic-import", start, end);
    else this.#module(name, start, end);
  }

  #call(callee: Expression, args: readonly { type: string }[], start: number, end: number): void {
    if (isConstructorOf(callee)) return this.#found("dynamic-code", start, end);
    const path = pathOf(callee);
    if (path === undefined) return;
    if (path === "eval" || path === "globalThis.eval" || path === "Function") this.#found("dynamic-code", start, end);
    else if (path === "require" || path === "module.require") this.#dynamicModule(textOf(args[0]), start, end);
    else if (path === "process.getBuiltinModule") this.#dynamicModule(textOf(args[0]), start, end);
    else if (path === "process.kill" || path === "process.abort") this.#found("kills-processes", start, end);
    else if (path === "Object.setPrototypeOf" && isBuiltInPrototype(args[0]))
      this.#found("pollutes-prototypes", start, end);
    else if ((path === "Object.defineProperty" || path === "Object.assign") && isBuiltInPrototype(args[0])) {
      this.#found("pollutes-prototypes", start, end);
    }
  }

  #member(node: Expression): void {
    const path = pathOf(node);
    if (path === undefined) return;
    const { start, end } = node;
    if (path === "process.env" || path === "globalThis.process.env") this.#found("reads-environment", start, end);
    const internal = /^(?:globalThis\.)?process\.(\w+)$/.exec(path)?.[1];
    if (internal !== undefined && internal !== "getBuiltinModule" && INTERNALS.has(internal)) {
      this.#found("runtime-internals", start, end);
    }
  }

  #assignment(target: Expression, start: number, end: number): void {
    const path = pathOf(target);
    if (path === undefined) return;
    const [first, second] = path.split(".");
    const last = path.slice(path.lastIndexOf(".") + 1);
    if (last === "__proto__" || (second === "prototype" && BUILT_IN.has(first!) && path.split(".").length > 2)) {
      this.#found("pollutes-prototypes", start, end);
    } else if (/^(?:globalThis|global)\.\w+$/.test(path) && GLOBALS.has(last)) {
      this.#found("replaces-globals", start, end);
    }
  }

  #text(text: string, start: number, end: number): void {
    if (METADATA.test(text)) this.#found("names-metadata-service", start, end);
    if (HOST_PLACES.test(text)) this.#found("reads-host-places", start, end);
    if (text.length >= LONG_TEXT && ENCODED.test(text)) this.#found("hides-text", start, end);
  }
}

/** `f.constructor(text)`: the `Function` that every function has. */
function isConstructorOf(callee: Expression): boolean {
  if (callee.type !== "MemberExpression") return false;
  const property = callee.computed ? textOf(callee.property) : (callee.property as { name?: string }).name;
  return property === "constructor";
}

function isBuiltInPrototype(node: { type: string } | undefined): boolean {
  const [name, property, ...rest] = (node && pathOf(node as Expression))?.split(".") ?? [];
  return name !== undefined && BUILT_IN.has(name) && property === "prototype" && rest.length === 0;
}
