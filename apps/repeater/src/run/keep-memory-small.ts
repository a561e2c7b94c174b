import { setFlagsFromString } from "node:v8";

/**
 * Keeps the room for new objects as small as it begins: a loop of runs makes much garbage and keeps nothing, and V8 would let that room
 * grow to 32 MiB over some ten thousand of them.
 */
export function keepMemorySmall(): void {
  setFlagsFromString("--semi-space-growth-factor=1");
}
