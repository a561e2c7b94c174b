import type { CallContext } from "../call-context.ts";

/** A command to be run by an executor. */
export interface CommandRequest {
  command: string;
  args: string[];
  env: Record<string, string>;
  cwd?: string;
}

/** A piece of a command's output, as it came. */
export interface CommandOutput {
  stream: "stdout" | "stderr";
  bytes: Uint8Array;
}

/** How a command ended. */
export interface CommandResult {
  exitCode: number | null;
  signal: string | null;
  durationMs: number;
}

/** Runs commands somewhere (RPT-73 to RPT-75). */
export interface ExecutorInstance {
  execute(request: CommandRequest, emit: (output: CommandOutput) => void, call: CallContext): Promise<CommandResult>;
  /** Node's names of operating systems (`linux`, `darwin`, `win32`); default all. */
  supportedPlatforms?: readonly string[];
  dispose?(): void | Promise<void>;
}
