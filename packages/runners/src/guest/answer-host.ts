import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import type { MessagePort } from "node:worker_threads";

/** What the host asks a thread's guest beside the channel. */
export type ThreadQuestion = "collect" | "handles";

/** What it says. */
export interface ThreadAnswer {
  answers: ThreadQuestion;
  value: unknown;
}

/**
 * Answers what the host asks of the thread itself over `port`: to collect its garbage, or how much is open in it. V8 lets garbage buffers
 * grow to 64 MiB before it looks; what a plugin really holds can only be told after.
 */
export function answerHost(port: MessagePort): void {
  let collect: (() => void) | undefined;
  const answers: Record<ThreadQuestion, () => unknown> = {
    collect: () => {
      collect ??= findCollector();
      collect();
      return true;
    },
    // Of this thread alone. Two message ports are the guest's own.
    handles: () => Math.max(0, process.getActiveResourcesInfo().length - OWN_HANDLES),
  };
  port.on("message", (question: ThreadQuestion) => {
    const answer: ThreadAnswer = { answers: question, value: answers[question]() };
    port.postMessage(answer);
  });
  // Listening here must not keep a thread alive that has nothing else to wait for.
  port.unref();
}

const OWN_HANDLES = 0;

/** The flag is for all threads of the process; only a context made while it is set gets the function. */
function findCollector(): () => void {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  setFlagsFromString("--no-expose-gc");
  return collect;
}
