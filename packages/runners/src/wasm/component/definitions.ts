/**
 * A component as it is written: a list of definitions, each of which adds to one of the component's index spaces. Nothing is resolved
 * here; {@link file://./evaluate.ts} does that, once for every instantiation.
 */

/** What a core module or instance exports. */
export type CoreSort = "core func" | "core table" | "core memory" | "core global" | "core tag";

/** What a component or one of its instances exports. */
export type ComponentSort = "func" | "value" | "type" | "component" | "instance";

/** Any index space. */
export type Sort = CoreSort | ComponentSort | "core type" | "core module" | "core instance";

/** One item of an index space. */
export interface Reference {
  sort: Sort;
  index: number;
}

/** An item under a name: an argument or an export. */
export interface NamedReference {
  name: string;
  item: Reference;
}

/** The types that need no definition. */
export const PRIMITIVES = [
  "bool",
  "s8",
  "u8",
  "s16",
  "u16",
  "s32",
  "u32",
  "s64",
  "u64",
  "f32",
  "f64",
  "char",
  "string",
] as const;

/** One of {@link PRIMITIVES}. */
export type Primitive = (typeof PRIMITIVES)[number];

/** A type of a value: built in, or by index. */
export type ValueRef = Primitive | number;

/** A type of a value that is defined. */
export type ValueDefinition =
  | { kind: "primitive"; primitive: Primitive }
  | { kind: "record"; fields: { name: string; type: ValueRef }[] }
  | { kind: "variant"; cases: { name: string; type: ValueRef | undefined }[] }
  | { kind: "list"; element: ValueRef }
  | { kind: "tuple"; elements: ValueRef[] }
  | { kind: "flags"; names: string[] }
  | { kind: "enum"; names: string[] }
  | { kind: "option"; value: ValueRef }
  | { kind: "result"; ok: ValueRef | undefined; error: ValueRef | undefined }
  | { kind: "own" | "borrow"; resource: number };

/** A type of a function. */
export interface FunctionDefinition {
  kind: "func";
  params: { name: string; type: ValueRef }[];
  result: ValueRef | undefined;
  isAsync: boolean;
}

/** A type of an instance: definitions in a scope of their own, the exports among them. */
export interface InstanceTypeDefinition {
  kind: "instance";
  declarations: Definition[];
}

/** An entry of the type section. */
export type TypeDefinition =
  | ValueDefinition
  | FunctionDefinition
  | InstanceTypeDefinition
  | { kind: "component" }
  | { kind: "resource"; destructor: number | undefined };

/** What an import or export is declared to be. */
export type ExternDescription =
  | { sort: "func" | "instance" | "component" | "core module"; type: number }
  | { sort: "type"; equals: number | undefined }
  | { sort: "value" };

/** How values of a function are laid out in a core module's memory. */
export interface CanonOptions {
  encoding: "utf8" | "utf16" | "latin1+utf16";
  memory: number | undefined;
  realloc: number | undefined;
  postReturn: number | undefined;
}

/** Makes a function of a core function, or the other way round. */
export type CanonDefinition =
  | { op: "lift"; coreFunc: number; type: number; options: CanonOptions }
  | { op: "lower"; func: number; options: CanonOptions }
  | { op: "resource.new" | "resource.drop" | "resource.rep"; type: number }
  | { op: "context.get" | "context.set"; slot: number };

/** Where an alias leads. */
export type AliasDefinition =
  | { of: "export"; sort: ComponentSort | "core module"; instance: number; name: string }
  | { of: "core export"; sort: CoreSort; instance: number; name: string }
  | { of: "outer"; sort: Sort; depth: number; index: number };

/** One definition, in the order they are written. */
export type Definition =
  | { is: "core module"; module: number }
  | { is: "core instance"; of: { module: number; args: { name: string; instance: number }[] } }
  | { is: "core instance"; of: { exports: NamedReference[] } }
  | { is: "component"; component: Component }
  | { is: "instance"; of: { component: number; args: NamedReference[] } }
  | { is: "instance"; of: { exports: NamedReference[] } }
  | { is: "alias"; alias: AliasDefinition }
  | { is: "type"; type: TypeDefinition }
  | { is: "canon"; canon: CanonDefinition }
  | { is: "import"; name: string; what: ExternDescription }
  | { is: "export"; name: string; item: Reference }
  | { is: "export declaration"; name: string; what: ExternDescription };

/** A component, or one inside another. */
export interface Component {
  definitions: readonly Definition[];
}

/** A whole file: its outermost component, and the core modules of all. */
export interface ComponentFile {
  component: Component;
  /** By the index that `core module` definitions name. */
  modules: readonly Uint8Array[];
}
