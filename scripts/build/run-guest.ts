import type { Script as CompiledScript } from "node:vm";

type Values = Record<string, unknown>;

/** What the script evaluates to. */
type Run = (url: string, load: (path: string) => Promise<unknown>) => Values;

/** What the host gives a guest, and what the guest finds there of it; `GuestCode` in the runners is the host's side. */
interface GuestData {
  /** What V8 compiled of a script, in another thread of this process. */
  compiled?: { name: string; bytes: Uint8Array } | undefined;
  /** Gives the same of this thread's, with all that it has called. Absent where V8 took what was given. */
  compile?: (() => GuestData["compiled"]) | undefined;
}

/**
 * Runs a guest that was a module, as a script, for the code that V8 compiled in an earlier thread of the process: hundreds of plugins have
 * the same guest, and to compile it takes a third of what a thread with a plugin costs. Node.js has nothing of the kind for modules.
 *
 * @param url of the module that stands for the script, which stack traces and profiles know it by.
 * @param name of the script beside that module.
 * @param load imports for the script, from that module.
 */
export function runGuest(url: string, name: string, load: (path: string) => Promise<unknown>): Values {
  const { readFileSync } = process.getBuiltinModule("node:fs");
  const { Script } = process.getBuiltinModule("node:vm");
  const data = process.getBuiltinModule("node:worker_threads").workerData as GuestData;
  const given = data.compiled?.name === name ? data.compiled : undefined;
  // A plugin has no business with what all threads share.
  data.compiled = undefined;
  const script: CompiledScript = new Script(readFileSync(new URL(name, url), "latin1"), {
    filename: url,
    ...(given ? { cachedData: given.bytes as Buffer } : {}),
  });
  if (!given || script.cachedDataRejected === true) {
    data.compile = () => ({ name, bytes: script.createCachedData() });
  }
  return (script.runInThisContext() as Run)(url, load);
}
