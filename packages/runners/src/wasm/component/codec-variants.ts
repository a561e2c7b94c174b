import { alignTo, type Codec, type CoreType, type CoreValue, FlatReader } from "./codec.ts";
import type { Place } from "./place.ts";
import { trap } from "./trap.ts";

/** How a type with cases looks in JavaScript. */
interface Form {
  /** @returns which case a value is, and what it carries. */
  take: (value: unknown) => [index: number, payload: unknown];
  make: (index: number, payload: unknown) => unknown;
}

/** One of several cases, each with a value of its type or without. */
function casesCodec(payloads: readonly (Codec | undefined)[], { take, make }: Form): Codec {
  const tagSize = payloads.length <= 0x100 ? 1 : payloads.length <= 0x1_0000 ? 2 : 4;
  const alignment = Math.max(tagSize, payloadAlignment(payloads));
  const offset = alignTo(tagSize, payloadAlignment(payloads));
  const payloadSize = payloads.reduce((most, codec) => Math.max(most, codec?.size ?? 0), 0);
  const joined = joinFlat(payloads);
  const payloadOf = (index: number): Codec | undefined => {
    if (index >= payloads.length) throw trap(`a variant has no case ${index}`);
    return payloads[index];
  };
  return {
    size: alignTo(offset + payloadSize, alignment),
    alignment,
    flat: ["i32", ...joined],
    store(place, value, at) {
      const [index, payload] = take(value);
      writeTag(place, tagSize, at, index);
      payloads[index]?.store(place, payload, at + offset);
    },
    load(place, at) {
      const index = readTag(place, tagSize, at);
      return make(index, payloadOf(index)?.load(place, at + offset));
    },
    lower(place, value, out) {
      const [index, payload] = take(value);
      out.push(index);
      const own: CoreValue[] = [];
      const codec = payloads[index];
      codec?.lower(place, payload, own);
      joined.forEach((type, position) => {
        const core = own[position];
        out.push(core === undefined ? zero(type) : widen(core, codec!.flat[position]!, type));
      });
    },
    lift(place, from) {
      const index = (from.next() as number) >>> 0;
      const codec = payloadOf(index);
      const values = joined.map(() => from.next());
      if (!codec) return make(index, undefined);
      const own = codec.flat.map((type, position) => narrow(values[position]!, joined[position]!, type));
      return make(index, codec.lift(place, new FlatReader(own)));
    },
  };
}

export function variantCodec(cases: readonly { name: string; codec: Codec | undefined }[]): Codec {
  const indexes = new Map(cases.map(({ name }, index) => [name, index]));
  return casesCodec(
    cases.map(({ codec }) => codec),
    {
      take(value) {
        const { tag, value: payload } = value as { tag: string; value?: unknown };
        return [caseOf(indexes, tag), payload];
      },
      make: (index, value) => ({ tag: cases[index]!.name, value }),
    },
  );
}

export function enumCodec(names: readonly string[]): Codec {
  const indexes = new Map(names.map((name, index) => [name, index]));
  return casesCodec(
    names.map(() => undefined),
    { take: (value) => [caseOf(indexes, value as string), undefined], make: (index) => names[index] },
  );
}

/** `isNested`: the value is an option itself, and must be told apart from its absence. */
export function optionCodec(codec: Codec, isNested: boolean): Codec {
  return casesCodec([undefined, codec], {
    take(value) {
      if (value === undefined) return [0, undefined];
      return [1, isNested ? (value as { value: unknown }).value : value];
    },
    make(index, value) {
      if (index === 0) return undefined;
      return isNested ? { value } : value;
    },
  });
}

export function resultCodec(ok: Codec | undefined, error: Codec | undefined): Codec {
  return casesCodec([ok, error], {
    take(value) {
      const { tag, value: payload } = value as { tag: "ok" | "error"; value?: unknown };
      return [tag === "ok" ? 0 : 1, payload];
    },
    make: (index, value) => ({ tag: index === 0 ? "ok" : "error", value }),
  });
}

function caseOf(indexes: ReadonlyMap<string, number>, name: string): number {
  const index = indexes.get(name);
  if (index === undefined) throw trap(`a variant has no case "${name}"`);
  return index;
}

function payloadAlignment(payloads: readonly (Codec | undefined)[]): number {
  return payloads.reduce((most, codec) => Math.max(most, codec?.alignment ?? 1), 1);
}

function writeTag({ view }: Place, size: number, at: number, index: number): void {
  if (size === 1) view.setUint8(at, index);
  else if (size === 2) view.setUint16(at, index, true);
  else view.setUint32(at, index, true);
}

function readTag({ view }: Place, size: number, at: number): number {
  if (size === 1) return view.getUint8(at);
  return size === 2 ? view.getUint16(at, true) : view.getUint32(at, true);
}

/** The cases share their places among the arguments; where they differ, a place is wide enough for both. */
function joinFlat(payloads: readonly (Codec | undefined)[]): CoreType[] {
  const joined: CoreType[] = [];
  for (const codec of payloads) {
    codec?.flat.forEach((type, index) => {
      const other = joined[index];
      joined[index] = other === undefined ? type : join(other, type);
    });
  }
  return joined;
}

function join(one: CoreType, other: CoreType): CoreType {
  if (one === other) return one;
  const isOf32 = (type: CoreType): boolean => type === "i32" || type === "f32";
  return isOf32(one) && isOf32(other) ? "i32" : "i64";
}

function zero(type: CoreType): CoreValue {
  return type === "i64" ? 0n : 0;
}

function widen(value: CoreValue, from: CoreType, to: CoreType): CoreValue {
  if (from === to) return value;
  if (from === "i32") return BigInt((value as number) >>> 0);
  const bits = new DataView(new ArrayBuffer(8));
  if (from === "f32") {
    bits.setFloat32(0, value as number);
    return to === "i32" ? bits.getInt32(0) : BigInt(bits.getUint32(0));
  }
  bits.setFloat64(0, value as number);
  return bits.getBigInt64(0);
}

function narrow(value: CoreValue, from: CoreType, to: CoreType): CoreValue {
  if (from === to) return value;
  if (to === "i32") return Number(BigInt.asIntN(32, value as bigint));
  const bits = new DataView(new ArrayBuffer(8));
  if (to === "f32") {
    bits.setInt32(0, from === "i32" ? (value as number) : Number(BigInt.asIntN(32, value as bigint)));
    return bits.getFloat32(0);
  }
  bits.setBigInt64(0, value as bigint);
  return bits.getFloat64(0);
}
