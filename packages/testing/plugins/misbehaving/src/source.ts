import { type AnyContribution, defineSource, fields, pause, type PluginContext } from "@berth/sdk";
import { crashesWith } from "./crashes.ts";
import { type CrashFault, SOURCE_FAULTS, type SourceFault } from "./faults.ts";

const GOOD = { title: "Well behaved", lines: ["for once"] };
const FLOOD_LINES = 10_000;
const CAUSES = 50;

type Fetch = (signal: AbortSignal) => Promise<unknown>;

/** One source, wrong in the way its configuration says. */
export const sourceNamed = (name: string): AnyContribution =>
  defineSource(name, {
    config: fields({
      fault: { type: "string", oneOf: SOURCE_FAULTS, default: "none" },
      slow: { type: "duration", default: "200ms", description: "How long the fault `slow` takes" },
      path: { type: "string", default: "", description: "What the fault `block-in-read` reads" },
    }),
    create: async ({ fault, slow, path }, ctx) => {
      if (fault === "throw-in-create") throw new Error("cannot be created");
      if (fault === "hang-in-create") await never();
      const fetch = crashesWith(path)[fault as CrashFault] ?? fetchFor(fault, slow, ctx);
      return {
        ...(fault === "no-fetch" ? {} : { fetch: (call: { signal: AbortSignal }) => fetch(call.signal) }),
        dispose: disposeFor(fault),
      } as never;
    },
  });

function fetchFor(fault: SourceFault, slowMs: number, ctx: PluginContext): Fetch {
  const faulty: Partial<Record<SourceFault, Fetch>> = {
    throw: async () => {
      throw new Error("thrown by a plugin");
    },
    "throw-deep-causes": async () => {
      throw deepError();
    },
    // oxlint-disable-next-line typescript/prefer-promise-reject-errors -- that is the fault
    "reject-with-non-error": () => Promise.reject({ reason: "no error at all" }),
    hang: (signal) =>
      new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason as Error))),
    "ignore-signal": never,
    slow: async (signal) => {
      await pause(slowMs, signal);
      return GOOD;
    },
    "no-content": async () => undefined,
    "wrong-content": async () => ({ title: 7, lines: "none", html: "<script>" }),
    "too-large": async () => ({ title: "x".repeat(100_000), lines: [] }),
    "flood-log": async () => {
      for (let line = 0; line < FLOOD_LINES; line++) ctx.log.info(`line ${line}`);
      return GOOD;
    },
    "leak-subscription": async () => {
      await ctx.events.subscribe("misbehaving.>", () => undefined);
      return GOOD;
    },
    "denied-fetch": async () => (await ctx.fetch("http://127.0.0.1:9/")).json(),
  };
  return faulty[fault] ?? (async () => GOOD);
}

function disposeFor(fault: SourceFault): () => Promise<void> {
  return async () => {
    if (fault === "throw-in-dispose") throw new Error("cannot be disposed");
    if (fault === "hang-in-dispose") await never();
  };
}

function deepError(): Error {
  let error = new Error("cause 0");
  for (let depth = 1; depth < CAUSES; depth++) error = new Error(`cause ${depth}`, { cause: error });
  return error;
}

export function never(): Promise<never> {
  return new Promise(() => undefined);
}
