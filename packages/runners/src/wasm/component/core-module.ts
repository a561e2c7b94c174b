import { BinaryReader } from "./binary-reader.ts";
import { malformed, unsupported } from "./malformed.ts";

/** What a core module makes for itself, and how large each may grow: pages of 64 KiB for memories, entries for tables. */
export interface CoreResources {
  memories: readonly CoreLimits[];
  tables: readonly CoreLimits[];
}

/** Of one memory or table. */
export interface CoreLimits {
  min: number;
  /** Absent: as much as there is. */
  max: number | undefined;
}

/** How large the memories and tables of one module may grow, in their order. */
export interface CoreCaps {
  memories: readonly number[];
  tables: readonly number[];
}

const TYPES = 1;
const TABLES = 4;
const MEMORIES = 5;
const FUNCTION_TYPE = 0x60;
const PREAMBLE_BYTES = 8;

interface Section {
  id: number;
  start: number;
  reader: BinaryReader;
}

/**
 * What `bytes`, a core module, makes for itself.
 *
 * @throws HostError `PLUGIN_INCOMPATIBLE` for what no limit would count.
 */
export function readResources(bytes: Uint8Array): CoreResources {
  const memories: CoreLimits[] = [];
  const tables: CoreLimits[] = [];
  for (const { id, reader } of sections(bytes)) {
    if (id === TYPES) assertPlainTypes(reader);
    if (id === MEMORIES) memories.push(...readMemories(reader));
    if (id === TABLES) tables.push(...readTables(reader).map(({ limits }) => limits));
  }
  return { memories, tables };
}

/**
 * The same module, whose memories and tables cannot grow past `caps`: WebAssembly itself then refuses, in whatever way they are made
 * to grow.
 */
export function capModule(bytes: Uint8Array, caps: CoreCaps): Uint8Array<ArrayBuffer> {
  const parts: Uint8Array[] = [bytes.subarray(0, PREAMBLE_BYTES)];
  const memoryCaps = caps.memories.values();
  const tableCaps = caps.tables.values();
  for (const { id, start, reader } of sections(bytes)) {
    if (id === MEMORIES) {
      parts.push(
        writeSection(
          id,
          readMemories(reader).map((limits) => writeLimits(limits, memoryCaps.next().value!)),
        ),
      );
    } else if (id === TABLES) {
      parts.push(
        writeSection(
          id,
          readTables(reader).map(({ type, limits }) => [...type, ...writeLimits(limits, tableCaps.next().value!)]),
        ),
      );
    } else {
      parts.push(bytes.subarray(start, reader.end));
    }
  }
  return concatenate(parts);
}

function* sections(bytes: Uint8Array): Generator<Section> {
  const reader = new BinaryReader(bytes);
  reader.take(PREAMBLE_BYTES);
  while (!reader.isAtEnd) {
    const start = reader.at;
    const id = reader.byte();
    yield { id, start, reader: reader.part(reader.u32()) };
  }
}

/** Structures and arrays would lie outside every memory, on a heap whose end takes the whole process with it. */
function assertPlainTypes(reader: BinaryReader): void {
  const skipValueType = (): void => {
    const byte = reader.byte();
    if (byte === 0x63 || byte === 0x64) reader.s33();
  };
  reader.list(() => {
    if (reader.byte() !== FUNCTION_TYPE) throw unsupported("garbage-collected types", "build it without WasmGC");
    reader.list(skipValueType, 1_000);
    reader.list(skipValueType, 1_000);
  }, 1_000_000);
}

function readMemories(reader: BinaryReader): CoreLimits[] {
  return reader.list(() => readLimits(reader, "a memory"), 100);
}

function readTables(reader: BinaryReader): { type: Uint8Array; limits: CoreLimits }[] {
  return reader.list(() => {
    const start = reader.at;
    const byte = reader.byte();
    if (byte === 0x40) throw unsupported("a table with an initial value");
    // `ref` and `ref null` of some heap type, which is a number.
    if (byte === 0x63 || byte === 0x64) reader.s33();
    return { type: reader.bytes.subarray(start, reader.at), limits: readLimits(reader, "a table") };
  }, 1_000);
}

function readLimits(reader: BinaryReader, what: string): CoreLimits {
  const flags = reader.byte();
  if (flags > 1) {
    if ((flags & 0x02) !== 0) throw unsupported(`${what} that threads share`);
    if ((flags & 0x04) !== 0) throw unsupported(`${what} of 64 bits`);
    throw unsupported(`${what} of a kind that is newer than this version of Berth`);
  }
  const min = reader.u32();
  const max = flags === 1 ? reader.u32() : undefined;
  if (max !== undefined && max < min) throw malformed(`${what} that may not be as large as it is`, reader.at);
  return { min, max };
}

function writeLimits({ min, max = Infinity }: CoreLimits, cap: number): number[] {
  return [0x01, ...writeU32(min), ...writeU32(Math.min(max, cap))];
}

function writeSection(id: number, entries: readonly (readonly number[])[]): Uint8Array {
  const content = [...writeU32(entries.length), ...entries.flat()];
  return Uint8Array.from([id, ...writeU32(content.length), ...content]);
}

function writeU32(value: number): number[] {
  const bytes: number[] = [];
  for (let rest = value; ; rest = Math.floor(rest / 128)) {
    if (rest < 128) return [...bytes, rest];
    bytes.push((rest % 128) | 0x80);
  }
}

function concatenate(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
