import type { Frame, Scene, SignageContent } from "@berth/contract";
import type { Host } from "@berth/host";
import { composeEndpoint, type Endpoint, NO_RETRY } from "@berth/kernel/calls";

type LayoutCall = readonly [content: SignageContent, frame: Frame];

/** A layout is pure and local; one that takes longer is broken. */
const LAYOUT_DEADLINE_MS = 10_000;

/** The layouts of the host, each opened by its first use. */
export class LayoutSet implements AsyncDisposable {
  readonly #host: Host;
  readonly #opened = new AsyncDisposableStack();
  readonly #endpoints = new Map<string, Endpoint<LayoutCall, Scene>>();

  constructor(host: Host) {
    this.#host = host;
  }

  get names(): readonly string[] {
    return this.#host.plugins.names("layout");
  }

  /** @throws HostError `CALL_UNKNOWN_CONTRIBUTION` for a layout that no plugin provides. */
  render(name: string, content: SignageContent, frame: Frame, signal: AbortSignal): Promise<Scene> {
    return this.#endpoint(name).call([content, frame], { signal, caller: "app/signage" });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#opened.disposeAsync();
  }

  #endpoint(name: string): Endpoint<LayoutCall, Scene> {
    let endpoint = this.#endpoints.get(name);
    if (!endpoint) {
      const host = this.#host;
      const contribution = `layout/${name}` as const;
      const instance = this.#opened.use(host.instance({ contribution, instanceId: contribution }));
      endpoint = composeEndpoint<LayoutCall, Scene>({
        name: contribution,
        // The renderer checks the scene; nothing of it is used before.
        invoke: (input, call) => instance.method("render")(input, call) as Promise<Scene>,
        clock: host.clock,
        wheel: host.wheel,
        permissionsOf: host.permissionsOf,
        tracing: host.telemetry.callTracing(),
        policy: {
          deadlineMs: LAYOUT_DEADLINE_MS,
          retry: NO_RETRY,
          breaker: { failureThreshold: Infinity, errorRate: Infinity },
        },
      });
      this.#endpoints.set(name, endpoint);
    }
    return endpoint;
  }
}
