import { neutraliseLine } from "@berth/base";
import type { SandboxExit } from "../sandbox/index.ts";

/** What is known of a process that has ended, beside how the system says it did. */
export interface ExitFacts {
  exit: SandboxExit;
  /** The last it wrote to its standard error. */
  lastWords: string;
  /** MiB. */
  memoryLimitMb: number;
  /** How often the kernel killed for memory in its control group. */
  oomKills: number;
  /** A clause: why the governor ended it. */
  governor?: string | undefined;
  /** Why the conversation with it ended, if that was an error. */
  conversation?: string | undefined;
}

/** What an engine says when it cannot have more memory: V8, the C++ library, Python. */
const OUT_OF_MEMORY = /out of memory|Allocation failed|std::bad_alloc|MemoryError/i;
/** A launcher reports a child that a signal ended as 128 and the signal's number. */
const SIGNAL_EXITS: Readonly<Record<number, NodeJS.Signals>> = {
  131: "SIGQUIT",
  132: "SIGILL",
  133: "SIGTRAP",
  134: "SIGABRT",
  135: "SIGBUS",
  136: "SIGFPE",
  137: "SIGKILL",
  139: "SIGSEGV",
  143: "SIGTERM",
  152: "SIGXCPU",
  153: "SIGXFSZ",
  159: "SIGSYS",
};
const MEANINGS: Partial<Record<NodeJS.Signals, string>> = {
  SIGSYS: "it made a system call that its sandbox does not allow",
  SIGXFSZ: "it wrote a file past its largest size",
};
const ERROR_LINE = /^(?:FATAL ERROR|Fatal|[\w.]*(?:Error|Exception))\b.*:/;
const LONGEST_LAST_WORD = 300;

/** A clause that says why a plugin's process ended, for `the plugin ended: …`. The nearest cause first: what we did, then what it met. */
export function explainExit(facts: ExitFacts): string {
  const { exit, governor, conversation } = facts;
  if (governor !== undefined) return governor;
  if (isOutOfMemory(facts)) return `it ran out of memory (${facts.memoryLimitMb} MiB are allowed)`;
  if (conversation !== undefined) return conversation;
  return `${howItEnded(exit)}${quote(facts.lastWords)}`;
}

/** Whether memory was the end of it; then a limit was hit. */
export function isOutOfMemory({ exit, lastWords, oomKills }: ExitFacts): boolean {
  const wasOrderly = exit.signal === null && exit.code === 0;
  return !wasOrderly && (oomKills > 0 || OUT_OF_MEMORY.test(lastWords));
}

function howItEnded({ code, signal }: SandboxExit): string {
  const by = signal ?? SIGNAL_EXITS[code ?? 0];
  if (by !== undefined) return MEANINGS[by] ?? `it was ended by ${by}`;
  return code === 0 ? "it ended by itself" : `it ended with exit code ${code}`;
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
