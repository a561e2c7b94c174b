import { mkdtempDisposable } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Failpoints, type JsonObject, type JsonValue, ManualClock } from "@berth/base";
import type { SignageContent } from "@berth/contract";
import { cronProblem } from "@berth/jobs";
import { createTestHost, type PluginToWrite, type TestHost, type TestHostOptions } from "@berth/testing";
import { checkSources, type LoadedSources, openSignage, schedulePeriod, selectSources } from "../src/index.ts";
import type { Signage, SignageEvent, SourceRun, StopRequest } from "../src/index.ts";

/** One attempt of a scripted source. */
export interface ScriptedFetch {
  id: string;
  attempt: number;
  config: JsonObject;
  signal: AbortSignal;
}

/** What scripted sources do; whatever is thrown fails the attempt, `undefined` is no data. */
export interface Script {
  fetch(call: ScriptedFetch): JsonValue | SignageContent | undefined | Promise<JsonValue | SignageContent | undefined>;
  shouldRender?(call: { id: string; content: SignageContent; previous: SignageContent | null }): boolean;
}

export const DEFAULT_COLOUR = "#102030";
export const OTHER_COLOUR = "#302010";

/**
 * A real plugin, written in TypeScript and run by the host, whose every move a test decides: it asks the service `script` what to
 * do. Its layout draws next to nothing, quickly.
 */
const SCRIPTED: PluginToWrite = {
  name: "scripted",
  provides: { source: ["scripted"], layout: ["default", "other"] },
  manifest: '[permissions]\nservices = ["script"]',
  source: `
    import { defineLayout, definePlugin, defineSource, type AnyContribution } from "@berth/sdk";

    const anything = { "~standard": { version: 1, vendor: "test", validate: (value: unknown) => ({ value }) } } as never;

    const layout = (name: string, colour: string): AnyContribution =>
      defineLayout(name, {
        create: (_config, ctx) => ({
          render: ({ title }, { width, height, stale, footer }) => {
            ctx.log.info("drawn", { layout: name, title, width, height, stale, footer });
            return { root: { type: "box", style: { width: "100%", height: "100%", backgroundColor: colour } } } as never;
          },
        }),
      });

    export default definePlugin({
      provides: [
        defineSource("scripted", {
          config: anything,
          create: (config, ctx) => ({
            fetch: async (call) => {
              const input = { id: ctx.instanceId, attempt: call.attempt, config: config as never };
              const answer = await ctx.services.call("script", "fetch", input, call.signal);
              return (answer ?? undefined) as never;
            },
            shouldRender: (content, previous) =>
              ctx.services.call("script", "shouldRender", { id: ctx.instanceId, content, previous: previous ?? null } as never),
          }),
        }),
        layout("default", "${DEFAULT_COLOUR}"),
        layout("other", "${OTHER_COLOUR}"),
      ],
    });`,
};

/** What {@link openRig} takes. */
export interface RigOptions {
  /** The entries of `sources`; type and schedule are filled in. */
  sources?: readonly SourceEntry[];
  /** More of the file's top level. */
  top?: JsonObject;
  /** The whole file, in place of the two above. */
  text?: string;
  script?: Script;
  plugins?: TestHostOptions["plugins"];
  /** Whether the scripted plugin is there. Default: yes. */
  isScripted?: boolean;
  clock?: TestHostOptions["clock"];
  env?: Record<string, string>;
  /** Of an earlier rig: what it left is there. */
  folder?: string;
  failpoints?: Failpoints;
  /** Hears of the host before the application is opened. */
  onHost?: (host: TestHost) => void;
}

export type SourceEntry = JsonObject & { id: string };

/** The application over a real host, and everything a test wants to see of it. */
export interface Rig extends AsyncDisposable {
  readonly host: TestHost;
  readonly clock: ManualClock;
  readonly folder: string;
  readonly loaded: LoadedSources;
  readonly signage: Signage;
  readonly events: readonly SignageEvent[];
  readonly stop: AbortController;
  readonly hurry: AbortController;
  readonly request: StopRequest;
  /** What layouts were given to draw, in order. */
  readonly drawn: readonly JsonObject[];
  /** Every source once. */
  runOnce(): Promise<Record<string, SourceRun>>;
}

/** A Monday in winter. */
export const START = Date.UTC(2026, 0, 5, 12);

export const GOOD: SignageContent = { title: "Good", lines: ["one", "two"] };

export async function openRig(options: RigOptions): Promise<Rig> {
  await using opened = new AsyncDisposableStack();
  const folder = options.folder ?? opened.use(await mkdtempDisposable(join(tmpdir(), "berth-signage-"))).path;
  const { clock = new ManualClock(START), env = {}, script = { fetch: () => GOOD } } = options;
  const { plugins = [], isScripted = true, failpoints = new Failpoints() } = options;
  const host = opened.use(
    await createTestHost({ folder, clock, env, failpoints, plugins: [...plugins, ...(isScripted ? [SCRIPTED] : [])] }),
  );
  registerScript(host, script);
  options.onHost?.(host);
  const loaded = await load(options.text ?? textOf(options), host, folder, env);
  const signage = opened.use(
    await openSignage({
      host,
      loaded,
      sources: selectSources(loaded, undefined),
      workingFolder: folder,
      signal: AbortSignal.timeout(20_000),
    }),
  );
  const events: SignageEvent[] = [];
  opened.use(signage.onDidChange((event) => void events.push(event)));
  const [stop, hurry] = [new AbortController(), new AbortController()];
  const request = { stop: stop.signal, hurry: hurry.signal };
  const owned = opened.move();
  return {
    host,
    clock: clock as ManualClock,
    folder,
    loaded,
    signage,
    events,
    stop,
    hurry,
    request,
    get drawn() {
      return host.records.filter(({ message }) => message === "drawn").map(({ fields }) => fields!);
    },
    runOnce: async () => Object.fromEntries((await signage.runOnce(request)).map((run) => [run.id, run])),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

function registerScript(host: TestHost, script: Script): void {
  host.services.registerService("script", {
    fetch: async (input, { signal }) =>
      ((await script.fetch({ ...(input as unknown as Omit<ScriptedFetch, "signal">), signal })) ?? null) as JsonValue,
    shouldRender: async (input) => script.shouldRender?.(input as never) ?? true,
  });
}

/** JSON is YAML, too. */
function textOf({ sources = [{ id: "home" }], top = {} }: RigOptions): string {
  const entries = sources.map((entry) => ({
    type: "scripted",
    schedule: "*/15 * * * *",
    rendering: { background: "gradient" },
    ...entry,
  }));
  const output = { width: 160, height: 160 };
  return JSON.stringify({ timezone: "UTC", locale: "en-GB", output, ...top, sources: entries }, undefined, 1);
}

/** Reads the text as the command line does. */
export async function load(
  text: string,
  host: TestHost,
  folder: string,
  env: Record<string, string>,
): Promise<LoadedSources> {
  const check = await checkSources({
    path: { file: "sources.yaml", text },
    cwd: folder,
    env,
    knownTypes: host.plugins.names("source"),
    knownLayouts: host.plugins.names("layout"),
    validateCron: (expression) => cronProblem(expression),
    schedulePeriod,
  });
  if (check.state === "valid") return check.loaded;
  throw new Error(check.state === "missing" ? "missing" : check.problems.map(({ message }) => message).join("\n"));
}

/** Lets everything that does not wait for time go on; real work, such as drawing, may need more. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
}

/** Waits for real work; a test's own time limit ends it. */
export async function until(isThere: () => boolean): Promise<void> {
  while (!isThere()) await new Promise((resolve) => setTimeout(resolve, 1));
}

/** Closes a rig of which something has to be waited for. */
export async function closeAfter(rig: Rig, ms: number): Promise<void> {
  const closed = rig[Symbol.asyncDispose]();
  await until(() => rig.clock.pendingTimers > 0);
  await rig.clock.advance(ms);
  await closed;
}

const REAL_MS_A_STEP = 10;

/** Lets time go on in steps until `work` is done: each time that something waits for it, and nothing else goes on. */
export async function passTime<T>(clock: ManualClock, work: Promise<T>, stepMs: number, waiting = 1): Promise<T> {
  const state = { isOver: false };
  const over = (): void => void (state.isOver = true);
  work.then(over, over);
  while (!state.isOver) {
    await until(() => state.isOver || clock.pendingTimers >= waiting);
    await settle();
    // Answers of real servers come in real time; else a busy machine would see their deadlines pass first.
    await new Promise((resolve) => setTimeout(resolve, REAL_MS_A_STEP));
    if (!state.isOver) await clock.advance(stepMs);
  }
  return work;
}
