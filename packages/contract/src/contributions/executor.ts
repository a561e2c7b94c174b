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

/**
 * Takes a piece of output. The promise resolves when whoever reads has room for more, so an executor that awaits it before it reads on
 * never holds more than a little, however slow the reader; pieces arrive in the order of the calls whether it is awaited or not. It does
 * not reject: of a call that was given up nothing is heard, and that is no failure of the one who emits.
 */
export type EmitOutput = (output: CommandOutput) => void | Promise<void>;

/** Runs commands somewhere (RPT-73 to RPT-75). */
export interface ExecutorInstance {
  execute(request: CommandRequest, emit: EmitOutput, call: CallContext): Promise<CommandResult>;
  /** Node's names of operating systems (`linux`, `darwin`, `win32`); default all. On another one the instance is refused. */
  supportedPlatforms?: readonly string[];
  dispose?(): void | Promise<void>;
}
