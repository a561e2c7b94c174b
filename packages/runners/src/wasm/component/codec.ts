import type { Place } from "./place.ts";

/** A type of WebAssembly itself. */
export type CoreType = "i32" | "i64" | "f32" | "f64";

/** A value of WebAssembly itself, as JavaScript gets it. */
export type CoreValue = number | bigint;

/** Values of one call that are not in memory, read one after the other. */
export class FlatReader {
  readonly #values: readonly CoreValue[];
  #next = 0;

  constructor(values: readonly CoreValue[]) {
    this.#values = values;
  }

  next(): CoreValue {
    return this.#values[this.#next++]!;
  }
}

/**
 * How values of one type cross the border of a component: in memory (`store`, `load`) or as arguments and results of core functions
 * (`lower`, `lift`), by the component model's canonical ABI. In JavaScript a record is an object, a variant `{ tag, value }`, an
 * option its value or `undefined`, a result `{ tag: "ok" | "error", value }`, `list<u8>` a `Uint8Array`.
 */
export interface Codec {
  readonly size: number;
  readonly alignment: number;
  readonly flat: readonly CoreType[];
  store(place: Place, value: unknown, at: number): void;
  load(place: Place, at: number): unknown;
  lower(place: Place, value: unknown, out: CoreValue[]): void;
  lift(place: Place, from: FlatReader): unknown;
}

export function alignTo(offset: number, alignment: number): number {
  return Math.ceil(offset / alignment) * alignment;
}
