import v8 from "node:v8";

/**
 * Whether this Node.js can look at its own time without an inspector, which the sandbox's rules forbid. To know it takes a part of Node.js
 * that a new thread has no other use for, so its host tells it.
 */
export function canInspect(): boolean {
  return "startCpuProfile" in v8;
}
