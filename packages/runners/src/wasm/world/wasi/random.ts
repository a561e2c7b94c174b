import { randomBytes } from "node:crypto";
import { trap } from "../../component/trap.ts";
import type { HostFunctions } from "../host-function.ts";

/** More at once is no seed and no key. */
export const MOST_RANDOM_BYTES = 65_536;

/** Bytes that nobody can foresee. */
export function randomOf(length: number): Uint8Array {
  if (length > MOST_RANDOM_BYTES)
    throw trap(`it asks for ${length} random bytes at once; ${MOST_RANDOM_BYTES} are given`);
  return new Uint8Array(randomBytes(length));
}

/** All three kinds are of the good one. */
export function randomFunctions(): Record<string, HostFunctions> {
  const bytes = { call: (length: bigint) => randomOf(Number(length)) };
  const number = (): bigint => randomBytes(8).readBigUInt64LE();
  return {
    "wasi:random/random": { "get-random-bytes": bytes, "get-random-u64": { call: number } },
    "wasi:random/insecure": { "get-insecure-random-bytes": bytes, "get-insecure-random-u64": { call: number } },
    "wasi:random/insecure-seed": { "insecure-seed": { call: () => [number(), number()] } },
  };
}
