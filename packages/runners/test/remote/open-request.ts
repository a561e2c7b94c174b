import { tmpdir } from "node:os";
import { type CallContext, type Capabilities, NO_GRANT } from "@berth/contract";
import { manifestSchema } from "@berth/contract/manifest";
import type { LimitEvent, OpenRequest } from "@berth/kernel/runner";

/** A request to open a plugin, and what it was told. */
export interface TestRequest extends OpenRequest {
  readonly limitEvents: LimitEvent[];
  /** `stdout: text`. */
  readonly output: string[];
}

/** A plugin named `probe` that provides `provides`, whose entry is `plugin.ts` in `folder`. */
export function openRequest(provides: readonly string[], more: Partial<OpenRequest> = {}): TestRequest {
  const limitEvents: LimitEvent[] = [];
  const output: string[] = [];
  return {
    identity: { name: "probe", version: "1.0.0", provides },
    manifest: manifestSchema.parse({
      plugin: { name: "probe", version: "1.0.0" },
      runtime: { entry: "plugin.ts" },
    }),
    folder: tmpdir(),
    generation: 1,
    grant: NO_GRANT,
    limits: {},
    folders: { read: [], write: [] },
    dataFolder: tmpdir(),
    environment: {},
    onLimit: (event) => limitEvents.push(event),
    onOutput: ({ stream, text }) => output.push(`${stream}: ${text}`),
    capabilities: () => ({}) as Capabilities,
    now: () => Date.now(),
    ...more,
    limitEvents,
    output,
  };
}

/** A call without a deadline that nobody gives up. */
export function aCall(more: Partial<CallContext> = {}): CallContext {
  return {
    signal: new AbortController().signal,
    deadline: Infinity,
    attempt: 1,
    caller: "test",
    permissions: [],
    correlationId: "c1",
    ...more,
  };
}

/** For what nobody gives up. */
export const NEVER = new AbortController().signal;
