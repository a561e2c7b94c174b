import type { CallContext } from "@berth/contract";
import type { PluginContext } from "@berth/sdk";
import { createTestContext } from "@berth/testing";

// What an example may take for granted, as a plugin does: a context and a call. The network answers as a weather service would.

/** The context of a plugin named `weather`. */
export const ctx: PluginContext = {
  ...createTestContext({ plugin: { name: "weather", version: "1.0.0" } }).ctx,
  fetch: async () => Response.json({ main: { temp: 12.5 } }),
};

/** A call without a deadline. */
export const call: CallContext = {
  signal: new AbortController().signal,
  deadline: Infinity,
  attempt: 1,
  caller: "app/example",
  permissions: [],
  correlationId: "example",
};
