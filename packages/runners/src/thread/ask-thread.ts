import type { Worker } from "node:worker_threads";
import type { ThreadAnswer, ThreadQuestion } from "../guest/answer-host.ts";

/** Asks a thread's guest, beside the channel; settles with the answer, which one that never pauses does not give. Rejects when it has ended. */
export function askThread(worker: Worker, question: ThreadQuestion): Promise<unknown> {
  const { promise, resolve, reject } = Promise.withResolvers<unknown>();
  const onMessage = (message: unknown): void => {
    if (isAnswer(message, question)) resolve(message.value);
  };
  const onExit = (): void => reject(new Error("The thread has ended"));
  worker.on("message", onMessage);
  worker.once("exit", onExit);
  worker.postMessage(question, []);
  return promise.finally(() => {
    worker.off("message", onMessage);
    worker.off("exit", onExit);
  });
}

function isAnswer(message: unknown, question: ThreadQuestion): message is ThreadAnswer {
  return typeof message === "object" && message !== null && "answers" in message && message.answers === question;
}
