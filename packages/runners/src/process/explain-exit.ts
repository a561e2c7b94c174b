import { neutraliseLine } from "@berth/base";
import type { SandboxExit } from "../sandbox/index.ts";

/** What an engine says when it cannot have more memory: V8, the C++ library, Python. */
const OUT_OF_MEMORY = /out of memory|Allocation failed|std::bad_alloc|MemoryError/i;
const MEANINGS: Partial<Record<NodeJS.Signals, string>> = {
  SIGSYS: "it made a system call that its sandbox does not allow",
  SIGXFSZ: "it wrote a file past its largest size",
};
const ERROR_LINE = /^(?:FATAL ERROR|Fatal|[\w.]*(?:Error|Exception))\b.*:/;
const LONGEST_LAST_WORD = 300;

/** A clause that says how a process ended that nobody here ended, with the last it wrote to its standard error. */
export function explainExit({ code, signal, reason }: SandboxExit, lastWords: string): string {
  if (reason !== undefined) return reason;
  const words = quote(lastWords);
  if (signal !== null) return `${MEANINGS[signal] ?? `it was ended by ${signal}`}${words}`;
  return `${code === 0 ? "it ended by itself" : `it ended with exit code ${code}`}${words}`;
}

/** Whether it ended since it could not have more memory, by its own word. */
export function isOutOfMemory({ code, signal }: SandboxExit, lastWords: string): boolean {
  const wasOrderly = signal === null && code === 0;
  return !wasOrderly && OUT_OF_MEMORY.test(lastWords);
}

/** The line that names the error, where there is one; engines add a trace and their version after it. */
function quote(lastWords: string): string {
  const lines = lastWords
    .split("\n")
    .map((text) => text.trim())
    .filter((text) => text !== "");
  const line = lines.findLast((text) => ERROR_LINE.test(text)) ?? lines.at(-1);
  return line === undefined ? "" : `; its last words: ${neutraliseLine(line, LONGEST_LAST_WORD)}`;
}
