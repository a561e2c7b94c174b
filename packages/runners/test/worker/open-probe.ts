import { join } from "node:path";
import type { Capabilities, Channel } from "@berth/contract";
import type { OpenRequest } from "@berth/kernel/runner";
import type { WorkerRunner } from "../../src/worker/worker-runner.ts";
import { aCall, NEVER, openRequest, type TestRequest } from "../remote/open-request.ts";

/** The plugin of `plugin/`, open in a thread, with one instance of its service. */
export interface OpenProbe extends AsyncDisposable {
  channel: Channel;
  request: TestRequest;
  /** A method of its service. */
  readonly ask: (method: string, input?: unknown, call?: Parameters<typeof aCall>[0]) => Promise<unknown>;
}

const PROVIDES = ["service/probe", "command/probe", "executor/probe", "handler/probe"];

/** Opens the plugin; `more` is said of its request. */
export async function openProbe(
  runner: WorkerRunner,
  more: Partial<OpenRequest> & { host?: Capabilities } = {},
): Promise<OpenProbe> {
  const { host = { log: () => undefined } as unknown as Capabilities, ...rest } = more;
  const folder = join(import.meta.dirname, "plugin");
  const request = openRequest(PROVIDES, { folder, capabilities: () => host, ...rest });
  const channel = await runner.open(request, NEVER);
  await channel.openInstance({ contribution: "service/probe", instanceId: "one", config: {} }, NEVER);
  return {
    channel,
    request,
    ask: (method, input = null, call = {}) => channel.method("one", method)([input], aCall(call)),
    [Symbol.asyncDispose]: () => channel[Symbol.asyncDispose](),
  };
}
