import { type MessagePort, parentPort } from "node:worker_threads";
import { errorMessage } from "@berth/base";
import { type BegunModuleCheck, beginModuleCheck, modulePath } from "../scan/check-modules.ts";
import { KnownModules } from "../scan/known-modules.ts";
import type { BeginQuestion, CheckAnswer, CheckQuestion, CheckResult, CompareQuestion } from "./check-messages.ts";
import { foreseenCheck } from "./foreseen-check.ts";
import { createParser } from "./large-modules.ts";

/** The parser takes some MiB to keep: too much for a host that loads nothing any more. */
const IDLE_MS = 300_000;
/** Of more plugins nobody changes the code at a time; what is known of the others is worked out anew. */
const MOST_PLUGINS = 64;
/** Others were given up: whoever goes on does so at once. */
const MOST_BEGUN = 64;

/** The thread of a `ModuleChecker`: to parse and to compare what an author saves takes milliseconds, in which a host answers others. */
function serve(port: MessagePort): void {
  const known = new Map<string, KnownModules>();
  const begun = new Map<number, BegunModuleCheck["compare"]>();
  const parse = createParser();
  const begin = async ({ kind, id, plugin, folder, options }: BeginQuestion): Promise<Partial<CheckResult>> => {
    const its = knownOf(known, plugin, parse);
    const found = new Map<string, string | boolean>();
    // What was read says more than that it is there.
    const onLook = (file: string, what: string | boolean): void => {
      if (typeof found.get(file) !== "string") found.set(file, what);
    };
    const { compare, ...first } = await beginModuleCheck(folder, { ...options, known: its, onLook });
    // What may be half-written is not to be told of.
    if (kind === "foresee" && first.problems.length > 0) return {};
    begun.set(id, compare);
    for (const [oldest] of begun) if (begun.size > MOST_BEGUN) begun.delete(oldest);
    if (kind === "begin") return { begun: first };
    return { foreseen: foreseenCheck({ id, modules: first.modules, entry: modulePath(options.entry) }, found, its) };
  };
  const compare = async ({ begunBy }: CompareQuestion): Promise<Partial<CheckResult>> => {
    const compared = await begun.get(begunBy)?.();
    begun.delete(begunBy);
    return compared ? { compared } : {};
  };
  const idle = setTimeout(() => process.exit(), IDLE_MS);
  const tell = (answer: CheckAnswer): void => port.postMessage(answer);
  port.on("message", (question: CheckQuestion) => {
    idle.refresh();
    const { id } = question;
    const work = question.kind === "compare" ? compare(question) : begin(question);
    work.then(
      (result) => tell({ id, ...result }),
      (error: unknown) => tell({ id, failed: errorMessage(error) }),
    );
  });
  tell({ isReady: true });
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
