import { type Channel, NO_GRANT } from "@berth/contract";
import type { PreparedRun } from "../src/lifecycle/prepared-run.ts";

/** A channel to a plugin that does whatever it is asked, at once, and provides nothing; `own` is what it does instead. */
export function quietChannel(own: Partial<Channel> & Pick<Channel, "exited">): Channel {
  return {
    tier: "inline",
    quiet: async () => undefined,
    keepsState: false,
    saveState: async () => undefined,
    restoreState: async () => {},
    describe: async () => [],
    initialize: async () => undefined,
    start: async () => undefined,
    stop: async () => undefined,
    cleanup: async () => undefined,
    health: async () => ({ health: "healthy" }),
    checkConfig: async () => [],
    migrateConfig: async (settings) => settings,
    openInstance: async () => [],
    closeInstance: async () => {},
    method: () => async () => undefined,
    [Symbol.asyncDispose]: async () => undefined,
    ...own,
  };
}

/** What is got ready for a plugin that is granted nothing and makes no use of it; `own` is what is otherwise. */
export function quietRun(own: Partial<PreparedRun> = {}): PreparedRun {
  return {
    grant: NO_GRANT,
    limits: {},
    generationLimits: {
      startTimeoutMs: 30_000,
      stopTimeoutMs: 5_000,
      drainMs: 10_000,
      concurrency: 10,
      callTimeoutMs: undefined,
    },
    folders: { read: [], write: [] },
    dataFolder: "/nowhere/data",
    environment: {},
    onLimit: () => undefined,
    onOutput: () => undefined,
    makeCapabilities: () => ({ capabilities: {} as never, dispose: async () => undefined }),
    ...own,
  };
}
