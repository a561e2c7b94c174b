import { BinaryReader } from "./binary-reader.ts";
import type {
  CanonDefinition,
  CanonOptions,
  Component,
  ComponentFile,
  Definition,
  NamedReference,
} from "./definitions.ts";
import { malformed, unsupported } from "./malformed.ts";
import {
  MOST_ITEMS,
  readAlias,
  readCoreSort,
  readExternDescription,
  readExternName,
  readReference,
  readType,
} from "./read-types.ts";

const MAGIC = [0x00, 0x61, 0x73, 0x6d];
/** Version and layer of what a component begins with, after the magic. */
const COMPONENT = [0x0d, 0x00, 0x01, 0x00];
const CORE_MODULE = [0x01, 0x00, 0x00, 0x00];

const BUILD_SYNC = "build it with synchronous functions";

/** Core modules of one file; what builds components makes fewer than twenty. */
const MOST_MODULES = 1_000;

/** @throws HostError `CONTRACT_BROKEN` when it is no component, `PLUGIN_INCOMPATIBLE` when it needs what Berth does not run. */
export function readComponent(bytes: Uint8Array): ComponentFile {
  const modules: Uint8Array[] = [];
  const reader = new BinaryReader(bytes);
  return { component: readBody(reader, modules), modules };
}

function readBody(reader: BinaryReader, modules: Uint8Array[]): Component {
  readPreamble(reader);
  const definitions: Definition[] = [];
  while (!reader.isAtEnd) {
    const id = reader.byte();
    const section = reader.part(reader.u32());
    // A section that nobody knows may be left out, as a name or a producer.
    if (id === 0) continue;
    readSection(id, section, definitions, modules);
    section.expectEnd("a section");
  }
  return { definitions };
}

function readPreamble(reader: BinaryReader): void {
  const starts = (expected: readonly number[]): boolean => {
    const found = reader.take(Math.min(expected.length, reader.end - reader.at));
    return expected.every((byte, index) => found[index] === byte);
  };
  const start = reader.at;
  if (!starts(MAGIC)) throw malformed("it is no WebAssembly");
  if (starts(COMPONENT)) return;
  const version = new BinaryReader(reader.bytes, start + 4, reader.end);
  if (CORE_MODULE.every((byte) => version.byte() === byte)) {
    throw malformed(
      "it is a plain WebAssembly module; make a component of it, with `berth dev build --target wasm` or `wasm-tools component new`",
    );
  }
  throw malformed("it is WebAssembly of a version that is not known", start + 4);
}

function readSection(id: number, section: BinaryReader, definitions: Definition[], modules: Uint8Array[]): void {
  const readAll = (read: () => Definition): void => {
    for (const definition of section.list(read, MOST_ITEMS)) definitions.push(definition);
  };
  switch (id) {
    case 1:
      if (modules.length >= MOST_MODULES) throw malformed(`more than ${MOST_MODULES} core modules`, section.at);
      modules.push(section.take(section.end - section.at));
      definitions.push({ is: "core module", module: modules.length - 1 });
      return;
    case 2:
      return readAll(() => readCoreInstance(section));
    case 3:
      if (section.u32() > 0) throw unsupported("types of core modules");
      return;
    case 4:
      definitions.push({ is: "component", component: section.nested(() => readBody(section, modules)) });
      return;
    case 5:
      return readAll(() => readInstance(section));
    case 6:
      return readAll(() => ({ is: "alias", alias: readAlias(section) }));
    case 7:
      return readAll(() => ({ is: "type", type: section.nested(() => readType(section)) }));
    case 8:
      return readAll(() => ({ is: "canon", canon: readCanon(section) }));
    case 9:
      throw unsupported("a start function of the component", "put what it does into initialize");
    case 10:
      return readAll(() => ({ is: "import", name: readExternName(section), what: readExternDescription(section) }));
    case 11:
      return readAll(() => readExport(section));
    case 12:
      throw unsupported("values as definitions");
    default:
      throw malformed("a section that is not known", section.at);
  }
}

function readCoreInstance(reader: BinaryReader): Definition {
  const form = reader.byte();
  if (form === 0x00) {
    const module = reader.u32();
    const readArgument = (): { name: string; instance: number } => {
      const name = reader.name();
      reader.expect(0x12, "an argument of a core module");
      return { name, instance: reader.u32() };
    };
    return { is: "core instance", of: { module, args: reader.list(readArgument, MOST_ITEMS) } };
  }
  if (form !== 0x01) throw malformed("a core instance of a kind that is not known", reader.at - 1);
  const readExported = (): NamedReference => {
    const name = reader.name();
    return { name, item: { sort: readCoreSort(reader), index: reader.u32() } };
  };
  return { is: "core instance", of: { exports: reader.list(readExported, MOST_ITEMS) } };
}

function readInstance(reader: BinaryReader): Definition {
  const form = reader.byte();
  if (form === 0x00) {
    const component = reader.u32();
    const readArgument = (): NamedReference => ({ name: reader.name(), item: readReference(reader) });
    return { is: "instance", of: { component, args: reader.list(readArgument, MOST_ITEMS) } };
  }
  if (form !== 0x01) throw malformed("an instance of a kind that is not known", reader.at - 1);
  const readExported = (): NamedReference => ({ name: readExternName(reader), item: readReference(reader) });
  return { is: "instance", of: { exports: reader.list(readExported, MOST_ITEMS) } };
}

function readExport(reader: BinaryReader): Definition {
  const name = readExternName(reader);
  const item = readReference(reader);
  const isDescribed = reader.byte();
  // What it is said to be adds nothing to what it is.
  if (isDescribed === 0x01) readExternDescription(reader);
  else if (isDescribed !== 0x00) throw malformed("an export of a kind that is not known", reader.at - 1);
  return { is: "export", name, item };
}

function readCanon(reader: BinaryReader): CanonDefinition {
  const byte = reader.byte();
  switch (byte) {
    case 0x00: {
      reader.expect(0x00, "a lifted function");
      const coreFunc = reader.u32();
      const options = readOptions(reader);
      return { op: "lift", coreFunc, options, type: reader.u32() };
    }
    case 0x01:
      reader.expect(0x00, "a lowered function");
      return { op: "lower", func: reader.u32(), options: readOptions(reader) };
    case 0x02:
      return { op: "resource.new", type: reader.u32() };
    case 0x03:
      return { op: "resource.drop", type: reader.u32() };
    case 0x04:
      return { op: "resource.rep", type: reader.u32() };
    case 0x0a:
    case 0x0b:
      reader.expect(0x7f, "a slot of a context");
      return { op: byte === 0x0a ? "context.get" : "context.set", slot: reader.u32() };
    default:
      throw unsupported(`an asynchronous built-in (0x${byte.toString(16)}) of the component model`, BUILD_SYNC);
  }
}

const ENCODINGS: Readonly<Record<number, CanonOptions["encoding"]>> = {
  0x00: "utf8",
  0x01: "utf16",
  0x02: "latin1+utf16",
};

function readOptions(reader: BinaryReader): CanonOptions {
  const options: CanonOptions = { encoding: "utf8", memory: undefined, realloc: undefined, postReturn: undefined };
  reader.list(() => {
    const byte = reader.byte();
    if (byte in ENCODINGS) options.encoding = ENCODINGS[byte]!;
    else if (byte === 0x03) options.memory = reader.u32();
    else if (byte === 0x04) options.realloc = reader.u32();
    else if (byte === 0x05) options.postReturn = reader.u32();
    else throw unsupported("asynchronous functions of the component model", BUILD_SYNC);
  }, 20);
  return options;
}
