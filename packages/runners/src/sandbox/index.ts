export { giveFolder } from "./give-folder.ts";
export { PRIMITIVES, type Primitive, type SandboxLevel } from "./level.ts";
export { SandboxFactory, type SandboxOptions } from "./sandbox-factory.ts";
export type { SandboxExit, SandboxedProcess } from "./sandboxed-process.ts";
export {
  type MemoryFolder,
  type SandboxLimits,
  type SandboxMount,
  type SandboxSpec,
  type SocketFamily,
  type SystemView,
  seenAt,
} from "./spec.ts";
export { type SandboxUser, UidRange } from "./uid-range.ts";
