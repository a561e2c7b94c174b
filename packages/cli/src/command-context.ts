import type { Clock } from "@berth/base";
import type { OutputStream } from "./terminal/terminal.ts";

/** All of the process a command may use, so that a test can run one in place. */
export interface CommandContext {
  out: OutputStream;
  err: OutputStream;
  env: Readonly<Record<string, string | undefined>>;
  cwd: string;
  clock: Clock;
  /**
   * Asks the person at the keyboard and gives their answer, `undefined` when they gave none (Ctrl-D). Absent when there is nobody to
   * ask: the input or the output is no terminal.
   */
  prompt?: ((question: string) => Promise<string | undefined>) | undefined;
  /**
   * Tells of each key that is pressed, until disposed; what a key sends, such as `q` or an escape sequence. Absent when nobody can press
   * one. Ctrl-C is a signal all the same.
   */
  keys?: ((listener: (key: string) => void) => Disposable) | undefined;
  /** Tells when the window is wider or narrower, until disposed. Absent where there is none. */
  onResize?: ((listener: () => void) => Disposable) | undefined;
  /** Calls `stop` at each of these until disposed. */
  onSignal(stop: (signal: StopSignal) => void): Disposable;
  /** Something runs on that nothing can end: once the command is over, the process ends without waiting for it. */
  endWithoutWaiting?(): void;
  /** The command is over, with that exit code. */
  onOver?(exitCode: number): void;
  /** Ends the process at once, whatever runs. */
  endNow?(exitCode: number): void;
}

/** Why a command is to stop; `SIGPIPE` when nobody reads its output any more. */
export type StopSignal = "SIGINT" | "SIGTERM" | "SIGPIPE";

/** What a command gives back: its exit code. */
export type CommandResult = Promise<number>;
