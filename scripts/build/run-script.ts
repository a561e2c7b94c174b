import type { Script as CompiledScript } from "node:vm";

// By then the host runs, and what its start has compiled is not thrown away yet.
const KEEP_AFTER_MS = 5_000;

/** What {@link runScript} needs. */
export interface ScriptToRun {
  /** Of the module that stands for the script. */
  url: string;
  /** Imports for the script, from that module. */
  load: (path: string) => Promise<unknown>;
  /** Beside that module. Told by its content: what is kept of one script must not be taken for another. */
  name: string;
  /** The function whose first call is the start that is to be quick. */
  start: string;
}

type Values = Record<string, unknown>;

/** What the script evaluates to; as a CommonJS module it exports that. */
type Run = (url: string, load: ScriptToRun["load"]) => Values;

/** How far the process had come when its code was kept, the better first: a command that starts no host is no reason to compile all. */
const STAGES = ["started", "loaded"] as const;

type Stage = (typeof STAGES)[number];

/**
 * Runs what was a module, as a script, for the code that was compiled in an earlier process with those functions in it that a start
 * calls. Node.js keeps modules as they are before anything of them has run, so that every start compiled the same functions again.
 *
 * It is kept where Node.js keeps its own, if it does, and by its rules: in the folder of this version and these flags.
 */
export function runScript({ url, load, name, start }: ScriptToRun): Values {
  const { readFileSync } = process.getBuiltinModule("node:fs");
  const { Script } = process.getBuiltinModule("node:vm");
  const { createRequire, getCompileCacheDir } = process.getBuiltinModule("node:module");
  // Node.js looks for the source maps of modules alone.
  if (process.sourceMapsEnabled) return (createRequire(url)(`./${name}`) as Run)(url, load);
  const place = new URL(name, url);
  const folder = getCompileCacheDir();
  const kept = folder === undefined ? undefined : `${folder}/${name}`;
  const code = kept === undefined ? undefined : readBest(kept);
  const script = new Script(readFileSync(place, "latin1"), {
    filename: place.href,
    ...(code ? { cachedData: code.bytes } : {}),
  });
  const values = (script.runInThisContext() as Run)(url, load);
  if (kept === undefined) return values;
  const stage = script.cachedDataRejected === true ? undefined : code?.stage;
  return stage === "started" ? values : keepingLater(script, { kept, stage, values, start });
}

function readBest(kept: string): { stage: Stage; bytes: Buffer } | undefined {
  for (const stage of STAGES) {
    try {
      return { stage, bytes: process.getBuiltinModule("node:fs").readFileSync(`${kept}.${stage}`) };
    } catch {
      // Not there yet.
    }
  }
  return undefined;
}

/** @returns the values, with a start that is noticed. */
function keepingLater(
  script: CompiledScript,
  { kept, stage, values, start }: { kept: string; stage: Stage | undefined; values: Values; start: string },
): Values {
  let reached: Stage = "loaded";
  let has = stage;
  const keepNow = (): void => {
    if (has !== reached) keep(script, `${kept}.${reached}`);
    has = reached;
  };
  process.once("exit", keepNow);
  const original = values[start] as (...args: unknown[]) => unknown;
  const started = (...args: unknown[]): unknown => {
    if (reached === "loaded") setTimeout(keepNow, KEEP_AFTER_MS).unref();
    reached = "started";
    return original(...args);
  };
  const all = Object.entries(values).map(([name, value]) => [name, value === original ? started : value]);
  return Object.fromEntries(all) as Values;
}

/** Whole or not at all, flushed before it has its name: V8 does not look whether each byte is as it was. */
function keep(script: CompiledScript, file: string): void {
  const { closeSync, fsyncSync, openSync, renameSync, rmSync, writeFileSync } = process.getBuiltinModule("node:fs");
  const draft = `${file}.${process.pid}.tmp`;
  try {
    const descriptor = openSync(draft, "wx", 0o600);
    try {
      writeFileSync(descriptor, script.createCachedData());
      fsyncSync(descriptor);
    } finally {
      closeSync(descriptor);
    }
    renameSync(draft, file);
  } catch {
    // Without it, starts compile what they need.
    rmSync(draft, { force: true });
  }
}
