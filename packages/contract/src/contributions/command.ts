import type { CallContext } from "../call-context.ts";

/** What a command was called with, parsed by its schema. */
export interface CommandInvocation {
  args: string[];
  flags: Record<string, string | number | boolean | string[]>;
}

/** A subcommand of the command line. */
export interface CommandInstance {
  /** Returns the exit code; text goes out through `print`. */
  run(invocation: CommandInvocation, print: (text: string) => void, call: CallContext): Promise<number>;
  dispose?(): void | Promise<void>;
}
