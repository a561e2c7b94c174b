import type { Clock } from "@berth/base";
import type { ByteStream } from "./streams/byte-stream.ts";

/** Why a run of `rpr` is to stop; `SIGPIPE` when nobody reads its output any more, `unwritable` when it cannot be written. */
export type StopSignal = "SIGINT" | "SIGTERM" | "SIGHUP" | "SIGPIPE" | "unwritable";

/** All of the process that `rpr` uses, so that a test can run it in place. */
export interface RprContext {
  out: ByteStream;
  err: ByteStream;
  env: Readonly<Record<string, string | undefined>>;
  cwd: string;
  clock: Clock;
  /** Calls `stop` at each of these until disposed. */
  onSignal(stop: (signal: StopSignal) => void): Disposable;
  /** Resolves when all output is with the system, or its reader has gone; rejects when some of it could not be written. */
  flush(): Promise<void>;
  /** When standard output is one. */
  terminal?: RprTerminal | undefined;
  /** How the program is called, in help and errors. */
  name: string;
}

/** Where something can be drawn over itself. */
export interface RprTerminal {
  size(): { columns: number; rows: number };
  /** Whether standard error is shown there too. */
  isErrToo: boolean;
}

/** What the shell is told. 128 + n means: ended by signal n. */
export const EXIT = {
  ok: 0,
  /** Some run failed. */
  failed: 1,
  /** The command line or a configuration file is wrong; nothing was run. */
  usage: 2,
} as const;

/** Of the signals; a reader that went away has seen enough, which is no failure. */
export const SIGNAL_EXIT: Record<StopSignal, number> = {
  SIGINT: 130,
  SIGTERM: 143,
  SIGHUP: 129,
  SIGPIPE: EXIT.ok,
  unwritable: EXIT.failed,
};
