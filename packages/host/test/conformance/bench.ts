import { writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { systemClock } from "@berth/base";
import type { CallContext, Channel, ContributionId, ContributionKind, Tier } from "@berth/contract";
import { manifestSchema } from "@berth/contract/manifest";
import { defaultHostConfig } from "@berth/kernel/config";
import type { ManagedInstance } from "@berth/kernel/lifecycle";
import type { OpenRequest } from "@berth/kernel/runner";
import { buildComponent } from "@berth/runners/wasm-build";
import { createTestHost, type TestHost } from "@berth/testing";
import { createLog, Masker } from "../../src/log/index.ts";
import { hostRunners } from "../../src/plugins/host-runners.ts";
import { aCall } from "../plugins-of-tests.ts";
import { asComponent } from "./as-component.ts";
import { RememberingRunner } from "./remembering-runner.ts";

const SOURCE = join(import.meta.dirname, "plugin");

/** The name of the one plugin of the suite. */
export const PLUGIN = "conformance";

/** The same plugin in one tier, and all a case needs to try it. */
export interface ConformanceBench extends AsyncDisposable {
  readonly tier: Tier;
  readonly host: TestHost;
  /** Where an HTTP server listens that echoes what it was sent. */
  readonly url: string;
  /** Calls a member of the instance that the suite shares, of a kind. */
  call(kind: ContributionKind, member: string, args: readonly unknown[], call?: Partial<CallContext>): Promise<unknown>;
  /** Calls a method of the service. */
  ask: (method: string, input?: unknown, call?: Partial<CallContext>) => Promise<unknown>;
  /** Calls a method of the service that keeps what the plugin hands on. */
  askState: (method: string, input?: unknown) => Promise<unknown>;
  /** An instance of the case's own. */
  instance(kind: ContributionKind, instanceId: string, config?: unknown): ManagedInstance;
  /** The link to the plugin as it runs. */
  channel(): Promise<Channel>;
  /** Another generation of the plugin beside it, initialized and started; or of the one of `entry`, which is a service alone. */
  next(entry?: "without-state"): Promise<Channel>;
}

/** Starts a host whose one plugin runs in `tier`. */
export async function openBench(tier: Tier): Promise<ConformanceBench> {
  await using opened = new AsyncDisposableStack();
  const server = opened.use(await openEchoServer());
  const plugin = tier === "wasm" ? await asComponent(SOURCE, opened) : SOURCE;
  const runner = runnerOf(tier);
  const host = opened.use(
    await createTestHost({
      plugins: [plugin],
      runners: [runner],
      env: { PROBE_TOKEN: "token-of-the-probe", PROBE_PLACE: "here", OTHER: "not yours" },
      config: {
        plugins: {
          [PLUGIN]: {
            enabled: true,
            isolation: tier,
            accept_unenforced: [],
            limits: { state_mb: 1 },
            grant: {
              network: [`127.0.0.1:${server.port}`],
              services: ["machine"],
              secrets: ["PROBE_TOKEN"],
              env: ["PROBE_PLACE"],
              events: { publish: ["probe.>"], subscribe: ["probe.>", "outside.*"] },
            },
          },
        },
      },
    }),
  );
  const owned = opened.move();
  const instances = new Map<ContributionKind, ManagedInstance>();
  const shared = (kind: ContributionKind): ManagedInstance => {
    let instance = instances.get(kind);
    if (!instance) {
      instance = host.instance({ contribution: idOf(kind), instanceId: `shared-${kind}` });
      instances.set(kind, owned.use(instance));
    }
    return instance;
  };
  const stateService = owned.use(host.instance({ contribution: "service/state", instanceId: "shared-state" }));
  const channel = async (): Promise<Channel> => (await host.plugins.get(PLUGIN).activate(soon())).channel;
  const call: ConformanceBench["call"] = (kind, member, args, more) => shared(kind).method(member)(args, aCall(more));
  return {
    tier,
    host,
    url: `http://127.0.0.1:${server.port}`,
    call,
    ask: (method, input = null, more = {}) => call("service", method, [input], more),
    askState: (method, input = null) => stateService.method(method)([input], aCall()),
    instance: (kind, instanceId, config) => host.instance({ contribution: idOf(kind), instanceId, config }),
    channel,
    next: async (entry) => {
      await channel();
      const next = await runner.again(entry ? await otherCode(plugin, entry, tier) : {}, soon());
      await next.initialize(soon());
      await next.start(soon());
      return next;
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

function runnerOf(tier: Tier): RememberingRunner {
  const log = createLog({ sink: () => undefined, level: "error", clock: systemClock, masker: new Masker() });
  const config = defaultHostConfig();
  const runners = hostRunners({ config, clock: systemClock, log, trustOf: () => "first-party" });
  return new RememberingRunner(runners.find((one) => one.tier === tier)!);
}

/** What is asked of a runner for other code of the plugin's folder, which provides one service. */
async function otherCode(folder: string, entry: string, tier: Tier): Promise<Partial<OpenRequest>> {
  const source = `src/${entry}.ts`;
  const file = `${entry}.wasm`;
  if (tier === "wasm") {
    const { bytes } = await buildComponent({ entry: join(SOURCE, source), permissions: {} });
    await writeFile(join(folder, file), bytes);
  }
  const plugin = { name: PLUGIN, version: "1.2.4" };
  return {
    identity: { ...plugin, provides: ["service/probe"] },
    manifest: manifestSchema.parse({
      plugin,
      provides: { service: ["probe"] },
      runtime: tier === "wasm" ? { type: "wasm", entry: file } : { entry: source },
    }),
  };
}

const soon = (): AbortSignal => AbortSignal.timeout(20_000);

function idOf(kind: ContributionKind): ContributionId {
  return `${kind}/probe`;
}

/** Echoes what it is sent; `/never` never answers. */
async function openEchoServer(): Promise<{ port: number } & AsyncDisposable> {
  const server = createServer((request, response) => {
    if (request.url === "/never") return;
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const header = String(request.headers["x-probe"] ?? "none");
      response.writeHead(request.url === "/teapot" ? 418 : 200, { "content-type": "text/plain" });
      response.end(`${request.method} ${request.url} ${header} ${Buffer.concat(chunks).toString()}`.trim());
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    port: (server.address() as AddressInfo).port,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
