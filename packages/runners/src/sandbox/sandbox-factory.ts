import type { MechanismReport } from "@berth/kernel/runner";
import type { Primitive, SandboxLevel } from "./level.ts";
import type { SandboxedProcess } from "./sandboxed-process.ts";
import type { SandboxSpec } from "./spec.ts";

/** How {@link SandboxFactory.probe} looks at the machine. */
export interface SandboxOptions {
  /** Primitives to treat as missing. */
  hide?: readonly Primitive[];
  /** The Node.js binary whose permission flags are tried; the running one unless given. */
  nodeBinary?: string;
}

/** Makes sandboxes of the firmest kind that this machine has, found out by trying, once. */
export interface SandboxFactory {
  readonly level: SandboxLevel;
  readonly mechanisms: readonly MechanismReport[];
  /**
   * Starts `spec.command` in a sandbox. Resolves as soon as the process exists: a program that cannot be started shows by `gone`.
   * Fails with `TIER_UNAVAILABLE` where `level` is `none`, or what the spec asks cannot be held at this level.
   */
  launch(spec: SandboxSpec, signal: AbortSignal): Promise<SandboxedProcess>;
  /** Private writable memory of an idle `binary`, MiB, for {@link SandboxSpec.dataBaseMb}; measured once. */
  dataBaseMb(binary: string, signal: AbortSignal): Promise<number>;
}
