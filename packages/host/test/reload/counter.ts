import type { CallContext } from "@berth/contract";
import type { Host, ManagedInstance } from "../../src/index.ts";
import type { PluginToWrite } from "@berth/testing";

/** How one version of {@link counter} is. */
export interface CounterVersion {
  /** What its answers begin with. */
  label?: string;
  version?: string;
  /** Members of the definition, as text. */
  hooks?: string;
  /** What stands before everything, as text. */
  top?: string;
  /** What each call does first, as text. */
  each?: string;
  manifest?: string;
}

const STATE = `
  saveState: () => ({ count }),
  restoreState: (state) => { count = state.count; },
`;

/** A plugin that counts its calls, and hands the count on. */
export function counter({
  label = "one",
  version = "1.0.0",
  hooks = STATE,
  top = "",
  each = "",
  manifest = "",
}: CounterVersion = {}): PluginToWrite {
  return {
    name: "counter",
    version,
    provides: { source: ["count"] },
    ...(manifest === "" ? {} : { manifest }),
    source: `
import { definePlugin, defineSource } from "@berth/sdk";
${top}
let count = 0;
export default definePlugin({
  provides: [
    defineSource("count", {
      create: () => ({
        fetch: async () => {
          ${each}
          return { title: ${JSON.stringify(label)}, lines: [String(++count)] };
        },
      }),
    }),
  ],
  ${hooks}
});
`,
  };
}

/** Opens the counter; each call answers `label count`. */
export function openCounter(host: Host): ManagedInstance & { next(signal?: AbortSignal): Promise<string> } {
  const instance = host.instance({ contribution: "source/count", instanceId: "count" });
  const fetch = instance.method("fetch");
  let calls = 0;
  const next = async (signal = new AbortController().signal): Promise<string> => {
    const call: CallContext = {
      signal,
      deadline: Infinity,
      attempt: 1,
      caller: "app/test",
      permissions: [],
      correlationId: `call-${++calls}`,
    };
    const { title, lines } = (await fetch([], call)) as { title: string; lines: string[] };
    return `${title} ${lines[0]}`;
  };
  return Object.assign(instance, { next });
}
