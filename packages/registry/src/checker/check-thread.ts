import { type MessagePort, parentPort } from "node:worker_threads";
import { errorMessage } from "@berth/base";
import { beginModuleCheck } from "../scan/check-modules.ts";
import { KnownModules } from "../scan/known-modules.ts";
import type { CheckAnswer, CheckQuestion } from "./check-messages.ts";
import { createParser } from "./large-modules.ts";

/** The parser takes some MiB to keep: too much for a host that loads nothing any more. */
const IDLE_MS = 300_000;
/** Of more plugins nobody changes the code at a time; what is known of the others is worked out anew. */
const MOST_PLUGINS = 64;

/** The thread of a `ModuleChecker`: to parse and to compare what an author saves takes milliseconds, in which a host answers others. */
function serve(port: MessagePort): void {
  const known = new Map<string, KnownModules>();
  const parse = createParser();
  const idle = setTimeout(() => process.exit(), IDLE_MS);
  const tell = (answer: CheckAnswer): void => port.postMessage(answer);
  port.on("message", (question: CheckQuestion) => {
    idle.refresh();
    const { id } = question;
    answer(question, knownOf(known, question.plugin, parse), tell).catch((error: unknown) => {
      if (id !== undefined) tell({ id, failed: errorMessage(error) });
    });
  });
  tell({ isReady: true });
}

async function answer(
  { id, folder, options }: CheckQuestion,
  known: KnownModules,
  tell: (answer: CheckAnswer) => void,
): Promise<void> {
  const { problems, modules, compare } = await beginModuleCheck(folder, { ...options, known });
  if (id === undefined) return;
  tell({ id, begun: { problems, modules } });
  tell({ id, compared: await compare() });
}

/** The one that was asked for last is at the end. */
function knownOf(all: Map<string, KnownModules>, plugin: string, parse: ReturnType<typeof createParser>): KnownModules {
  const known = all.get(plugin) ?? new KnownModules(parse);
  all.delete(plugin);
  all.set(plugin, known);
  for (const [oldest] of all) if (all.size > MOST_PLUGINS) all.delete(oldest);
  return known;
}

serve(parentPort!);
