import type { Masker } from "@berth/host";

/** A copy of what is to be told, secrets in its texts hidden. Only JSON goes in. */
export function masked<T>(masker: Pick<Masker, "mask">, value: T): T {
  return copy(masker, value) as T;
}

function copy(masker: Pick<Masker, "mask">, value: unknown): unknown {
  if (typeof value === "string") return masker.mask(value);
  if (Array.isArray(value)) return value.map((item) => copy(masker, item));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, member]) => member !== undefined)
      .map(([name, member]) => [name, copy(masker, member)]),
  );
}
