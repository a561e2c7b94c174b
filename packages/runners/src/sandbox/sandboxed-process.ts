import type { ChildProcess } from "node:child_process";
import type { Duplex, Readable } from "node:stream";

/** How a sandboxed program ended: by itself with `code`, or by `signal`. */
export interface SandboxExit {
  code: number | null;
  signal: NodeJS.Signals | null;
  /** A clause, when the sandbox itself ended it: `it made more than 10000 temporary files`. */
  reason?: string;
}

/** A program in its sandbox, with all it started. Whoever launched it owns it. */
export interface SandboxedProcess extends AsyncDisposable {
  readonly child: ChildProcess;
  /** The other end of the program's descriptor 3, a socket pair; the program finds it blocking. */
  readonly channel: Duplex;
  readonly stdout: Readable;
  readonly stderr: Readable;
  /** The process whose death ends all the others; they are its descendants. */
  readonly pid: number;
  /** Ends everything in it, stopped or spinning; resolves when no descendant is left. May be called again. */
  kill(): Promise<void>;
  /** Resolves, and never rejects, when the program and all it started are gone. */
  readonly gone: Promise<SandboxExit>;
}
