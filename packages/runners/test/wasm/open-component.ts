import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Capabilities, type Channel, type Grant, type Limits, NO_GRANT } from "@berth/contract";
import { manifestSchema } from "@berth/contract/manifest";
import type { OpenRequest } from "@berth/kernel/runner";
import { WasmRunner, type WasmRunnerOptions } from "../../src/wasm/index.ts";
import { aCall, NEVER, openRequest, type TestRequest } from "../remote/open-request.ts";

/** A component, open in the tier as a plugin named `probe`. */
export interface OpenComponent extends AsyncDisposable {
  runner: WasmRunner;
  channel: Channel;
  request: TestRequest;
  /** A method of its service, with an instance of it. */
  ask(method: string, input?: unknown, call?: Parameters<typeof aCall>[0]): Promise<unknown>;
}

/** What is said of a component in a test. */
export interface ComponentSetting {
  provides?: readonly string[];
  grant?: Partial<Grant>;
  limits?: Limits;
  capabilities?: (instanceId: string) => Capabilities;
  options?: WasmRunnerOptions;
  /** More of the request. */
  more?: Partial<OpenRequest>;
}

/** A grant of something of every kind, so that every interface is there. */
export const SOME_GRANT: Grant = {
  ...NO_GRANT,
  network: ["*"],
  exec: ["git"],
  secrets: ["token"],
  services: ["runs"],
  env: ["LANG"],
  publish: ["a"],
  subscribe: ["b"],
};

/** Opens `bytes`. The runner is the component's own and ends with it. */
export async function openComponent(bytes: Uint8Array, setting: ComponentSetting = {}): Promise<OpenComponent> {
  const { provides = ["service/probe"], grant = SOME_GRANT, limits = {}, capabilities, options } = setting;
  await using owned = new AsyncDisposableStack();
  const folder = await mkdtemp(join(tmpdir(), "berth-component-"));
  owned.defer(() => rm(folder, { recursive: true }));
  await writeFile(join(folder, "plugin.wasm"), bytes);
  const runner = owned.use(new WasmRunner({ warm: 0, ...options }));
  const request = openRequest(provides, {
    folder,
    limits,
    manifest: manifestSchema.parse({
      plugin: { name: "probe", version: "1.0.0" },
      runtime: { type: "wasm", entry: "plugin.wasm" },
    }),
    grant: { ...NO_GRANT, ...grant },
    capabilities: capabilities ?? (() => ({ log: () => undefined }) as unknown as Capabilities),
    ...setting.more,
  });
  const channel = owned.use(await runner.open(request, NEVER));
  const all = owned.move();
  let isOpen: Promise<unknown> | undefined;
  return {
    runner,
    channel,
    request,
    async ask(method, input = null, call = {}) {
      isOpen ??= channel.openInstance({ contribution: "service/probe", instanceId: "one", config: {} }, NEVER);
      await isOpen;
      return await channel.method("one", method)([input], aCall(call));
    },
    [Symbol.asyncDispose]: () => all.disposeAsync(),
  };
}
