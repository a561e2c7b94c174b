import { type Primitive, PRIMITIVES } from "./definitions.ts";

/** A type of values that is built in. */
export interface PrimitiveType {
  kind: Primitive;
}

/** A type of values that is made of others, or of names. */
export type CompoundType =
  | { kind: "record"; fields: readonly Field[] }
  | { kind: "variant"; cases: readonly Case[] }
  | { kind: "list"; element: ValueType }
  | { kind: "tuple"; elements: readonly ValueType[] }
  | { kind: "flags"; names: readonly string[] }
  | { kind: "enum"; names: readonly string[] }
  | { kind: "option"; value: ValueType }
  | { kind: "result"; ok: ValueType | undefined; error: ValueType | undefined }
  | { kind: "own" | "borrow"; resource: ResourceType };

/** A type of values, resolved. */
export type ValueType = PrimitiveType | CompoundType;

const PRIMITIVE_KINDS: ReadonlySet<string> = new Set(PRIMITIVES);

export function isPrimitive(type: ValueType): type is PrimitiveType {
  return PRIMITIVE_KINDS.has(type.kind);
}

/** A field of a record. */
export interface Field {
  /** As it is written in WIT, with hyphens. */
  name: string;
  /** As JavaScript knows it. */
  key: string;
  type: ValueType;
}

/** A case of a variant, by its name in WIT. */
export interface Case {
  name: string;
  type: ValueType | undefined;
}

/** A type of functions, resolved. */
export interface FunctionType {
  params: readonly Field[];
  result: ValueType | undefined;
}

/** A type whose values stand for something that only its maker sees into. Two are the same only if they are one object. */
export interface ResourceType {
  /** For people. */
  name: string;
  /** Hears that the last handle of one is gone; `representation` is what its maker gave. */
  drop(representation: unknown): void;
  /** The component that made it, to which a borrowed one is no handle but what it stands for; `undefined` for the host's. */
  maker: object | undefined;
}

/** `some-name` as `someName`. */
export function camelCase(name: string): string {
  return name.replace(/-([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}

/** A function's type in the words of WIT, for messages and comparison. */
export function describeFunction({ params, result }: FunctionType): string {
  const list = params.map(({ name, type }) => `${name}: ${describeValue(type)}`).join(", ");
  return `func(${list})${result === undefined ? "" : ` -> ${describeValue(result)}`}`;
}

/** A value's type in the words of WIT, every type written out. */
export function describeValue(type: ValueType | undefined): string {
  if (type === undefined) return "_";
  if (isPrimitive(type)) return type.kind;
  switch (type.kind) {
    case "record":
      return `record{${type.fields.map(({ name, type: field }) => `${name}: ${describeValue(field)}`).join(", ")}}`;
    case "variant":
      return `variant{${type.cases.map((one) => (one.type ? `${one.name}(${describeValue(one.type)})` : one.name)).join(", ")}}`;
    case "flags":
    case "enum":
      return `${type.kind}{${type.names.join(", ")}}`;
    case "tuple":
      return `tuple<${type.elements.map(describeValue).join(", ")}>`;
    case "list":
      return `list<${describeValue(type.element)}>`;
    case "option":
      return `option<${describeValue(type.value)}>`;
    case "result":
      return `result<${describeValue(type.ok)}, ${describeValue(type.error)}>`;
    case "own":
    case "borrow":
      return `${type.kind}<${type.resource.name}>`;
    default:
      return type satisfies never;
  }
}
