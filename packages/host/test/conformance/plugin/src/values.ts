import type { JsonValue, ServiceInstance } from "@berth/sdk";

/** Take and give values of every shape, also such as cannot be carried. */
export const VALUES: ServiceInstance["methods"] = {
  echo: (input) => input,
  kind: (input) => (input === undefined ? "undefined" : input === null ? "null" : typeof input),
  nothing: () => undefined as never,
  size: (input) => (input as unknown as Uint8Array).byteLength,
  sum: (input) => (input as unknown as Uint8Array).reduce((total, byte) => total + byte, 0),
  bytes: (input) => new Uint8Array(input as number).fill(7) as never,
  mixed: () => ({ list: [new Uint8Array([1, 2, 3]), { inner: new Uint8Array(2) }], text: "t" }) as never,
  unclonable: () => (() => 1) as never,
  cyclic: () => {
    const cycle: { [name: string]: JsonValue } = {};
    cycle["self"] = cycle;
    return cycle;
  },
};
