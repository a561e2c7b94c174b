export { PRIMITIVES, type Primitive, type SandboxLevel } from "./level.ts";
export type { SandboxFactory, SandboxOptions } from "./sandbox-factory.ts";
export type { SandboxExit, SandboxedProcess } from "./sandboxed-process.ts";
export {
  type SandboxLimits,
  type SandboxMount,
  type SandboxSpec,
  type SocketFamily,
  type SystemView,
  seenAt,
} from "./spec.ts";
