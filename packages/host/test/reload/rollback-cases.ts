import { readFile, rm, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { ReloadStep } from "@berth/kernel/reload";
import type { CounterVersion } from "./counter.ts";

/** What a failing step does. */
export const FAILURES = ["error", "throws later", "hang", "exit", "bad health"] as const;

/** One of {@link FAILURES}. */
export type Failure = (typeof FAILURES)[number];

/** What the host itself meets at the step, by its failpoint. */
export type HostFailure = "throws" | "rejects later" | "throws no error" | "hangs" | "caller gives up" | "new one ends";

/** One way in which a reload fails. */
export interface RollbackCase {
  step: ReloadStep;
  failure: Failure;
  /** In words; for a failure that cannot be at this step it is the nearest one that can. */
  what: string;
  /** How the new version is. */
  version?: CounterVersion;
  /** What becomes of its folder. */
  spoil?: (folder: string) => Promise<unknown>;
  host?: HostFailure;
  /** For what hangs: when it is given up. */
  afterMs?: number;
  /** Whether the host looks again after a moment: its files may be about to be written. */
  waitsForFiles?: true;
  /** What the error says. */
  says: RegExp;
  /** Whether code in the host's own thread can do it without taking the host along. Default: it cannot. */
  inline?: true;
}

/** Never ends, and says so first. */
const HANGS = 'ctx.log.info("hangs"); await new Promise(() => {});';
const EXITS = "process.exit(3);";
const LATER = "new Promise((_resolve, reject) => setTimeout(() => reject(new Error('not today')), 1))";
const UNCAUGHT = "setTimeout(() => { throw new Error('not today'); }, 1); await new Promise(() => {});";
const HANDS_ON = "saveState: () => ({ count }), restoreState: (state) => { count = state.count; },";

const START_LIMIT_MS = 30_000;
const STEP_LIMIT_MS = 5_000;

const hooks = (text: string): CounterVersion => ({ label: "two", hooks: `${HANDS_ON} ${text}` });
const onTop = (top: string): CounterVersion => ({ label: "two", top });
const takesOver = (text: string): CounterVersion => ({
  label: "two",
  hooks: `saveState: () => ({ count }), restoreState: async (state, ctx) => { ${text} },`,
});

/** A step of the host alone: what fails there is its own. */
function hostSteps(step: ReloadStep): RollbackCase[] {
  return [
    { step, failure: "error", what: "the step throws", host: "throws", says: /pulled/ },
    { step, failure: "throws later", what: "the step rejects later", host: "rejects later", says: /pulled/ },
    {
      step,
      failure: "hang",
      what: "the step never ends",
      host: "hangs",
      afterMs: STEP_LIMIT_MS,
      says: /took longer than/,
    },
    { step, failure: "exit", what: "whoever asked gives up", host: "caller gives up", says: /enough/ },
    { step, failure: "bad health", what: "the step throws what is no error", host: "throws no error", says: /pulled/ },
  ];
}

/** Ten steps times five failures. */
export const ROLLBACK_CASES: readonly RollbackCase[] = [
  ...hostSteps("detect"),

  {
    step: "read",
    failure: "error",
    what: "the folder is gone",
    spoil: (folder) => rm(folder, { recursive: true }),
    waitsForFiles: true,
    says: /it is not there/,
    inline: true,
  },
  {
    step: "read",
    failure: "bad health",
    what: "a link leads out of the folder",
    spoil: (folder) => symlink("/etc/passwd", join(folder, "src/users")),
    says: /src\/users is a link/,
    inline: true,
  },
  ...hostSteps("read").filter(({ failure }) => failure !== "error" && failure !== "bad health"),

  {
    step: "verify",
    failure: "error",
    what: "the manifest is no manifest",
    spoil: (folder) => writeFile(join(folder, "plugin.toml"), "[plugin]\nname = 5\n"),
    waitsForFiles: true,
    says: /plugin\.toml/,
    inline: true,
  },
  {
    step: "verify",
    failure: "bad health",
    what: "the manifest is of another plugin",
    spoil: (folder) =>
      writeFile(
        join(folder, "plugin.toml"),
        '[plugin]\nname = "other"\nversion = "1.0.0"\n[provides]\nsource = ["count"]\n',
      ),
    waitsForFiles: true,
    says: /names it "other" now/,
    inline: true,
  },
  ...hostSteps("verify").filter(({ failure }) => failure !== "error" && failure !== "bad health"),

  {
    step: "open",
    failure: "error",
    what: "its module throws",
    version: onTop("throw new Error('not today');"),
    says: /not today/,
    inline: true,
  },
  {
    step: "open",
    failure: "throws later",
    what: "its module throws from a timer",
    version: onTop(UNCAUGHT),
    says: /not today/,
  },
  {
    step: "open",
    failure: "hang",
    what: "its module never ends",
    version: onTop("console.log('hangs'); await new Promise(() => {});"),
    afterMs: START_LIMIT_MS,
    says: /took longer than 30 s/,
  },
  { step: "open", failure: "exit", what: "its module exits", version: onTop(EXITS), says: /exit/ },
  {
    step: "open",
    failure: "bad health",
    what: "it is not what its manifest promises",
    version: { label: "two", manifest: "" },
    spoil: (folder) =>
      writeFile(join(folder, "src/plugin.ts"), `export default { provides: [] };\n${"//\n".repeat(1_000)}`),
    says: /counter/,
    inline: true,
  },

  ...hostSteps("handshake").filter(({ failure }) => failure !== "exit"),
  {
    step: "handshake",
    failure: "exit",
    what: "it ends by itself once it is loaded",
    version: onTop("setTimeout(() => process.exit(3), 20);"),
    host: "new one ends",
    says: /exit/,
  },

  {
    step: "initialize",
    failure: "error",
    what: "its initialize throws",
    version: hooks("initialize: () => { throw new Error('not today'); },"),
    says: /not today/,
    inline: true,
  },
  {
    step: "initialize",
    failure: "throws later",
    what: "its start throws from a timer",
    version: hooks(`start: async () => { ${UNCAUGHT} },`),
    says: /not today/,
  },
  {
    step: "initialize",
    failure: "hang",
    what: "its start and its stop never end",
    version: hooks(`start: async (ctx) => { ${HANGS} }, stop: async (ctx) => { ${HANGS} },`),
    afterMs: START_LIMIT_MS,
    says: /took longer than 30 s/,
    inline: true,
  },
  {
    step: "initialize",
    failure: "exit",
    what: "its start exits",
    version: hooks(`start: () => { ${EXITS} },`),
    says: /exit/,
  },
  {
    step: "initialize",
    failure: "bad health",
    what: "it lacks what callers have open",
    version: { label: "two" },
    spoil: async (folder) => {
      const entry = join(folder, "src/plugin.ts");
      const text = await readFile(entry, "utf8");
      await writeFile(
        entry,
        text.replace("create: () => ({", "create: () => { throw new Error('not today'); }, was: () => ({"),
      );
    },
    says: /not today/,
    inline: true,
  },

  {
    step: "handover",
    failure: "error",
    what: "it takes over no state",
    version: takesOver("throw new Error('not today');"),
    says: /not today/,
    inline: true,
  },
  {
    step: "handover",
    failure: "throws later",
    what: "it throws from a timer while it takes over state",
    version: takesOver(UNCAUGHT),
    says: /not today/,
  },
  {
    step: "handover",
    failure: "hang",
    what: "taking over state never ends",
    version: takesOver(HANGS),
    afterMs: STEP_LIMIT_MS,
    says: /took longer than 5 s/,
    inline: true,
  },
  { step: "handover", failure: "exit", what: "it exits over the state", version: takesOver(EXITS), says: /exit/ },
  {
    step: "handover",
    failure: "bad health",
    what: "it keeps state of another version",
    version: { label: "two", hooks: `${HANDS_ON} stateVersion: 2,` },
    says: /state is of version 1/,
    inline: true,
  },

  {
    step: "health",
    failure: "error",
    what: "its health check throws",
    version: hooks("health: () => { throw new Error('not today'); },"),
    says: /not today/,
    inline: true,
  },
  {
    step: "health",
    failure: "throws later",
    what: "its health check rejects later",
    version: hooks(`health: () => ${LATER},`),
    says: /not today/,
    inline: true,
  },
  {
    step: "health",
    failure: "hang",
    what: "its health check never ends",
    version: hooks(`health: async (ctx) => { ${HANGS} },`),
    afterMs: STEP_LIMIT_MS,
    says: /took longer than 5 s/,
    inline: true,
  },
  {
    step: "health",
    failure: "exit",
    what: "its health check exits",
    version: hooks(`health: () => { ${EXITS} },`),
    says: /exit/,
  },
  {
    step: "health",
    failure: "bad health",
    what: "it is unhealthy",
    version: hooks("health: () => ({ health: 'unhealthy', message: 'not today' }),"),
    says: /unhealthy: not today/,
    inline: true,
  },

  ...hostSteps("switch").filter(({ failure }) => failure !== "exit"),
  {
    step: "switch",
    failure: "exit",
    what: "it ends by itself before it serves",
    version: hooks("health: () => { setTimeout(() => process.exit(3), 20); return { health: 'healthy' }; },"),
    host: "new one ends",
    says: /ended by itself/,
  },

  {
    step: "probation",
    failure: "error",
    what: "its calls fail",
    version: { label: "two", each: "throw new Error('not today');" },
    says: /6 of 6 calls failed/,
    inline: true,
  },
  {
    step: "probation",
    failure: "throws later",
    what: "a call throws from a timer",
    version: { label: "two", each: UNCAUGHT },
    says: /not today/,
  },
  {
    step: "probation",
    failure: "hang",
    what: "its health check never ends any more",
    version: {
      ...hooks(`health: async (ctx) => { if (checks++ > 0) { ${HANGS} } return { health: "healthy" }; },`),
      top: "let checks = 0;",
    },
    afterMs: STEP_LIMIT_MS,
    says: /did not answer its health check/,
    inline: true,
  },
  { step: "probation", failure: "exit", what: "a call exits", version: { label: "two", each: EXITS }, says: /exit/ },
  {
    step: "probation",
    failure: "bad health",
    what: "it is unhealthy after a while",
    version: {
      ...hooks("health: () => (checks++ > 0 ? { health: 'unhealthy', message: 'not today' } : { health: 'healthy' }),"),
      top: "let checks = 0;",
    },
    says: /unhealthy: not today/,
    inline: true,
  },
];
