import type { Codec, CoreType, CoreValue } from "./codec.ts";
import type { Primitive } from "./definitions.ts";
import { trap } from "./trap.ts";

type Numeric = Exclude<Primitive, "string">;

interface Form {
  size: number;
  core: CoreType;
  write: (view: DataView, at: number, value: never) => void;
  read: (view: DataView, at: number) => unknown;
  /** From JavaScript's value to the core's. */
  toCore: (value: never) => CoreValue;
  /** From any core value: bits that do not belong are cut off, what no value has traps. */
  fromCore: (value: never) => unknown;
}

const FORMS: Record<Numeric, Form> = {
  bool: {
    size: 1,
    core: "i32",
    write: (view, at, value: boolean) => view.setUint8(at, value ? 1 : 0),
    read: (view, at) => view.getUint8(at) !== 0,
    toCore: (value: boolean) => (value ? 1 : 0),
    fromCore: (value: number) => value !== 0,
  },
  s8: {
    size: 1,
    core: "i32",
    write: (view, at, value: number) => view.setInt8(at, value),
    read: (view, at) => view.getInt8(at),
    toCore: (value: number) => value,
    fromCore: (value: number) => (value << 24) >> 24,
  },
  u8: {
    size: 1,
    core: "i32",
    write: (view, at, value: number) => view.setUint8(at, value),
    read: (view, at) => view.getUint8(at),
    toCore: (value: number) => value,
    fromCore: (value: number) => value & 0xff,
  },
  s16: {
    size: 2,
    core: "i32",
    write: (view, at, value: number) => view.setInt16(at, value, true),
    read: (view, at) => view.getInt16(at, true),
    toCore: (value: number) => value,
    fromCore: (value: number) => (value << 16) >> 16,
  },
  u16: {
    size: 2,
    core: "i32",
    write: (view, at, value: number) => view.setUint16(at, value, true),
    read: (view, at) => view.getUint16(at, true),
    toCore: (value: number) => value,
    fromCore: (value: number) => value & 0xffff,
  },
  s32: {
    size: 4,
    core: "i32",
    write: (view, at, value: number) => view.setInt32(at, value, true),
    read: (view, at) => view.getInt32(at, true),
    toCore: (value: number) => value,
    fromCore: (value: number) => value,
  },
  u32: {
    size: 4,
    core: "i32",
    write: (view, at, value: number) => view.setUint32(at, value, true),
    read: (view, at) => view.getUint32(at, true),
    toCore: (value: number) => value | 0,
    fromCore: (value: number) => value >>> 0,
  },
  s64: {
    size: 8,
    core: "i64",
    write: (view, at, value: bigint) => view.setBigInt64(at, value, true),
    read: (view, at) => view.getBigInt64(at, true),
    toCore: (value: bigint) => value,
    fromCore: (value: bigint) => value,
  },
  u64: {
    size: 8,
    core: "i64",
    write: (view, at, value: bigint) => view.setBigUint64(at, value, true),
    read: (view, at) => view.getBigUint64(at, true),
    toCore: (value: bigint) => BigInt.asIntN(64, value),
    fromCore: (value: bigint) => BigInt.asUintN(64, value),
  },
  f32: {
    size: 4,
    core: "f32",
    write: (view, at, value: number) => view.setFloat32(at, value, true),
    read: (view, at) => view.getFloat32(at, true),
    toCore: (value: number) => value,
    fromCore: (value: number) => value,
  },
  f64: {
    size: 8,
    core: "f64",
    write: (view, at, value: number) => view.setFloat64(at, value, true),
    read: (view, at) => view.getFloat64(at, true),
    toCore: (value: number) => value,
    fromCore: (value: number) => value,
  },
  char: {
    size: 4,
    core: "i32",
    write: (view, at, value: string) => view.setUint32(at, value.codePointAt(0)!, true),
    read: (view, at) => characterOf(view.getUint32(at, true)),
    toCore: (value: string) => value.codePointAt(0)!,
    fromCore: (value: number) => characterOf(value >>> 0),
  },
};

function characterOf(code: number): string {
  if (code > 0x10_ffff || (code >= 0xd800 && code <= 0xdfff)) throw trap(`${code} is no character`);
  return String.fromCodePoint(code);
}

export function numericCodec(kind: Numeric): Codec {
  const { size, core, write, read, toCore, fromCore } = FORMS[kind];
  return {
    size,
    alignment: size,
    flat: [core],
    store: (place, value, at) => write(place.view, at, value as never),
    load: (place, at) => read(place.view, at),
    lower: (_place, value, out) => void out.push(toCore(value as never)),
    lift: (_place, from) => fromCore(from.next() as never),
  };
}
