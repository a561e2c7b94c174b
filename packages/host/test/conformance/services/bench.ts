import { join } from "node:path";
import type { JsonValue } from "@berth/base";
import type { Tier } from "@berth/contract";
import type { ServiceCall } from "@berth/kernel/services";
import { createTestHost, type TestHost } from "@berth/testing";
import { asComponent } from "../as-component.ts";

/** Where each of the two plugins runs. */
export interface Tiers {
  provider: Tier;
  caller: Tier;
}

/** A plugin that provides services and one that calls them, and all a case needs to try them. */
export interface ServicesBench extends AsyncDisposable {
  readonly host: TestHost;
  /** Calls the plugin that calls. */
  ask: (method: string, input?: JsonValue, call?: Partial<ServiceCall>) => Promise<JsonValue>;
  /** Calls the plugin that provides, as an application. */
  metrics: (method: string, input?: JsonValue) => Promise<JsonValue>;
}

/** Starts a host with both. */
export async function openServicesBench({ provider, caller }: Tiers): Promise<ServicesBench> {
  await using opened = new AsyncDisposableStack();
  const settings = (isolation: Tier) => ({ enabled: true, accept_unenforced: [], isolation });
  const granted = { may: ["metrics.read"], services: ["metrics", "own-metrics", "metrcis", "own-metrics-of-nobody"] };
  const host = opened.use(
    await createTestHost({
      plugins: [await pluginFor("metrics", provider, opened), await pluginFor("reporter", caller, opened)],
      config: {
        plugins: {
          "metrics-plugin": settings(provider),
          reporter: { ...settings(caller), grant: granted },
        },
      },
    }),
  );
  const owned = opened.move();
  const call = (service: string, method: string, input: JsonValue, more: Partial<ServiceCall>): Promise<JsonValue> => {
    const signal = AbortSignal.timeout(20_000);
    return host.services.call({ service, method, input, caller: "app/suite", signal, ...more });
  };
  return {
    host,
    ask: (method, input = null, more = {}) => call("report", method, input, more),
    metrics: (method, input = null) => call("metrics", method, input, {}),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

async function pluginFor(name: string, tier: Tier, owner: AsyncDisposableStack): Promise<string> {
  const folder = join(import.meta.dirname, name);
  return tier === "wasm" ? await asComponent(folder, owner) : folder;
}
