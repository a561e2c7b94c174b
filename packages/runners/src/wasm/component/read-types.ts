import type { BinaryReader } from "./binary-reader.ts";
import type {
  AliasDefinition,
  ComponentSort,
  CoreSort,
  Definition,
  ExternDescription,
  FunctionDefinition,
  Primitive,
  Reference,
  Sort,
  TypeDefinition,
  ValueRef,
} from "./definitions.ts";
import { malformed, unsupported } from "./malformed.ts";

/** Entries of one list; generators of large worlds stay a hundred times below. */
export const MOST_ITEMS = 100_000;

const PRIMITIVE_BY_BYTE: Readonly<Record<number, Primitive>> = {
  0x7f: "bool",
  0x7e: "s8",
  0x7d: "u8",
  0x7c: "s16",
  0x7b: "u16",
  0x7a: "s32",
  0x79: "u32",
  0x78: "s64",
  0x77: "u64",
  0x76: "f32",
  0x75: "f64",
  0x74: "char",
  0x73: "string",
};

const CORE_SORTS: Readonly<Record<number, Sort>> = {
  0x00: "core func",
  0x01: "core table",
  0x02: "core memory",
  0x03: "core global",
  0x04: "core tag",
  0x10: "core type",
  0x11: "core module",
  0x12: "core instance",
};

const SORTS: Readonly<Record<number, Sort>> = {
  0x01: "func",
  0x02: "value",
  0x03: "type",
  0x04: "component",
  0x05: "instance",
};

export function readCoreSort(reader: BinaryReader): Sort {
  const sort = CORE_SORTS[reader.byte()];
  if (sort === undefined) throw malformed("a kind of core item that is not known", reader.at - 1);
  return sort;
}

export function readSort(reader: BinaryReader): Sort {
  const byte = reader.byte();
  if (byte === 0x00) return readCoreSort(reader);
  const sort = SORTS[byte];
  if (sort === undefined) throw malformed("a kind of item that is not known", reader.at - 1);
  return sort;
}

export function readReference(reader: BinaryReader): Reference {
  return { sort: readSort(reader), index: reader.u32() };
}

/** The name of an import or export: after a byte that says which of two forms it has, which mean the same. */
export function readExternName(reader: BinaryReader): string {
  const form = reader.byte();
  if (form > 0x01) throw unsupported("a name with a version suffix of its own");
  return reader.name();
}

export function readExternDescription(reader: BinaryReader): ExternDescription {
  const byte = reader.byte();
  switch (byte) {
    case 0x00:
      reader.expect(0x11, "a core import");
      return { sort: "core module", type: reader.u32() };
    case 0x01:
      return { sort: "func", type: reader.u32() };
    case 0x02:
      throw unsupported("values as imports or exports");
    case 0x03:
      return readTypeBound(reader);
    case 0x04:
      return { sort: "component", type: reader.u32() };
    case 0x05:
      return { sort: "instance", type: reader.u32() };
    default:
      throw malformed("an import or export of a kind that is not known", reader.at - 1);
  }
}

function readTypeBound(reader: BinaryReader): ExternDescription {
  const byte = reader.byte();
  if (byte === 0x00) return { sort: "type", equals: reader.u32() };
  if (byte === 0x01) return { sort: "type", equals: undefined };
  throw malformed("a bound of a type that is not known", reader.at - 1);
}

export function readAlias(reader: BinaryReader): AliasDefinition {
  const sort = readSort(reader);
  const target = reader.byte();
  switch (target) {
    case 0x00:
      return { of: "export", sort: sort as ComponentSort, instance: reader.u32(), name: reader.name() };
    case 0x01:
      return { of: "core export", sort: sort as CoreSort, instance: reader.u32(), name: reader.name() };
    case 0x02:
      return { of: "outer", sort, depth: reader.u32(), index: reader.u32() };
    default:
      throw malformed("an alias of a kind that is not known", reader.at - 1);
  }
}

export function readType(reader: BinaryReader): TypeDefinition {
  const byte = reader.byte();
  const primitive = PRIMITIVE_BY_BYTE[byte];
  if (primitive !== undefined) return { kind: "primitive", primitive };
  switch (byte) {
    case 0x72:
      return { kind: "record", fields: reader.list(() => readLabelled(reader), MOST_ITEMS) };
    case 0x71:
      return { kind: "variant", cases: reader.list(() => readCase(reader), MOST_ITEMS) };
    case 0x70:
      return { kind: "list", element: readValueRef(reader) };
    case 0x6f:
      return { kind: "tuple", elements: reader.list(() => readValueRef(reader), MOST_ITEMS) };
    case 0x6e:
      return { kind: "flags", names: reader.list(() => reader.name(), 32) };
    case 0x6d:
      return { kind: "enum", names: reader.list(() => reader.name(), MOST_ITEMS) };
    case 0x6b:
      return { kind: "option", value: readValueRef(reader) };
    case 0x6a:
      return { kind: "result", ok: readOptionalRef(reader), error: readOptionalRef(reader) };
    case 0x69:
      return { kind: "own", resource: reader.u32() };
    case 0x68:
      return { kind: "borrow", resource: reader.u32() };
    case 0x40:
    case 0x43:
      return readFunction(reader, byte === 0x43);
    case 0x41:
      reader.list(() => readDeclaration(reader, true), MOST_ITEMS);
      return { kind: "component" };
    case 0x42:
      return { kind: "instance", declarations: reader.list(() => readDeclaration(reader, false), MOST_ITEMS) };
    case 0x3f:
      return readResource(reader);
    case 0x65:
    case 0x66:
      throw unsupported("futures or streams", "build it with synchronous functions");
    default:
      throw unsupported(`a type (0x${byte.toString(16)}) that is newer than this version of Berth`);
  }
}

function readFunction(reader: BinaryReader, isAsync: boolean): FunctionDefinition {
  const params = reader.list(() => readLabelled(reader), MOST_ITEMS);
  const form = reader.byte();
  if (form === 0x00) return { kind: "func", params, result: readValueRef(reader), isAsync };
  if (form === 0x01) reader.expect(0x00, "a function without result");
  else throw malformed("a result of a function that is not known", reader.at - 1);
  return { kind: "func", params, result: undefined, isAsync };
}

function readResource(reader: BinaryReader): TypeDefinition {
  reader.expect(0x7f, "a resource");
  const hasDestructor = reader.byte() === 0x01;
  return { kind: "resource", destructor: hasDestructor ? reader.u32() : undefined };
}

/** A declaration inside the type of an instance, or of a component, which may import too. */
function readDeclaration(reader: BinaryReader, isComponent: boolean): Definition {
  const byte = reader.byte();
  switch (byte) {
    case 0x01:
      return { is: "type", type: reader.nested(() => readType(reader)) };
    case 0x02:
      return { is: "alias", alias: readAlias(reader) };
    case 0x04:
      return { is: "export declaration", name: readExternName(reader), what: readExternDescription(reader) };
    case 0x03:
      if (isComponent) return { is: "import", name: readExternName(reader), what: readExternDescription(reader) };
      break;
    case 0x00:
      throw unsupported("types of core modules");
    default:
  }
  throw malformed("a declaration of a kind that is not known", reader.at - 1);
}

function readLabelled(reader: BinaryReader): { name: string; type: ValueRef } {
  return { name: reader.name(), type: readValueRef(reader) };
}

function readCase(reader: BinaryReader): { name: string; type: ValueRef | undefined } {
  const name = reader.name();
  const type = readOptionalRef(reader);
  reader.expect(0x00, "a case of a variant");
  return { name, type };
}

function readOptionalRef(reader: BinaryReader): ValueRef | undefined {
  const byte = reader.byte();
  if (byte === 0x00) return undefined;
  if (byte === 0x01) return readValueRef(reader);
  throw malformed("an optional type that is neither there nor not", reader.at - 1);
}

/** A built-in type is written as a negative number of one byte. */
export function readValueRef(reader: BinaryReader): ValueRef {
  const primitive = PRIMITIVE_BY_BYTE[reader.peek()];
  if (primitive !== undefined) {
    reader.byte();
    return primitive;
  }
  const index = reader.s33();
  if (index < 0) throw unsupported("a built-in type that is newer than this version of Berth");
  return index;
}
