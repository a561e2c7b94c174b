import { alignTo, type Codec, type CoreType } from "./codec.ts";

/** Parts one after the other, each where its alignment wants it. */
function layOut(parts: readonly Codec[]): { offsets: number[]; size: number; alignment: number; flat: CoreType[] } {
  let offset = 0;
  let alignment = 1;
  const offsets = parts.map((part) => {
    const start = alignTo(offset, part.alignment);
    offset = start + part.size;
    alignment = Math.max(alignment, part.alignment);
    return start;
  });
  return { offsets, size: alignTo(offset, alignment), alignment, flat: parts.flatMap(({ flat }) => flat) };
}

export function recordCodec(fields: readonly { key: string; codec: Codec }[]): Codec {
  const { offsets, ...layout } = layOut(fields.map(({ codec }) => codec));
  const placed = fields.map((field, index) => ({ ...field, offset: offsets[index]! }));
  return {
    ...layout,
    store(place, value, at) {
      const record = value as Record<string, unknown>;
      for (const { key, codec, offset } of placed) codec.store(place, record[key], at + offset);
    },
    load(place, at) {
      const record: Record<string, unknown> = {};
      for (const { key, codec, offset } of placed) record[key] = codec.load(place, at + offset);
      return record;
    },
    lower(place, value, out) {
      const record = value as Record<string, unknown>;
      for (const { key, codec } of placed) codec.lower(place, record[key], out);
    },
    lift(place, from) {
      const record: Record<string, unknown> = {};
      for (const { key, codec } of placed) record[key] = codec.lift(place, from);
      return record;
    },
  };
}

export function tupleCodec(elements: readonly Codec[]): Codec {
  const { offsets, ...layout } = layOut(elements);
  return {
    ...layout,
    store(place, value, at) {
      const items = value as readonly unknown[];
      elements.forEach((codec, index) => codec.store(place, items[index], at + offsets[index]!));
    },
    load: (place, at) => elements.map((codec, index) => codec.load(place, at + offsets[index]!)),
    lower(place, value, out) {
      const items = value as readonly unknown[];
      elements.forEach((codec, index) => codec.lower(place, items[index], out));
    },
    lift: (place, from) => elements.map((codec) => codec.lift(place, from)),
  };
}

/** Names that are each there or not, as the set of those that are. */
export function flagsCodec(names: readonly string[]): Codec {
  const size = names.length <= 8 ? 1 : names.length <= 16 ? 2 : 4;
  const toBits = (value: unknown): number => {
    const set = value as ReadonlySet<string>;
    return names.reduce((bits, name, index) => (set.has(name) ? bits | (1 << index) : bits), 0);
  };
  const fromBits = (bits: number): Set<string> => new Set(names.filter((_, index) => (bits & (1 << index)) !== 0));
  return {
    size,
    alignment: size,
    flat: ["i32"],
    store(place, value, at) {
      const bits = toBits(value);
      if (size === 1) place.view.setUint8(at, bits);
      else if (size === 2) place.view.setUint16(at, bits, true);
      else place.view.setUint32(at, bits, true);
    },
    load(place, at) {
      if (size === 1) return fromBits(place.view.getUint8(at));
      return fromBits(size === 2 ? place.view.getUint16(at, true) : place.view.getUint32(at, true));
    },
    lower: (_place, value, out) => void out.push(toBits(value)),
    lift: (_place, from) => fromBits(from.next() as number),
  };
}
