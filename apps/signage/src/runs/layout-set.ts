import { isUnavailable, type Frame, type Scene, type SignageContent } from "@berth/contract";
import type { Host, OpenedEndpoint } from "@berth/host";
import { type Declined, NO_RETRY } from "@berth/kernel/calls";

type LayoutCall = readonly [content: SignageContent, frame: Frame];

/** A layout is pure and local; one that takes longer is broken, and one that fails fails again. */
const BASE = { deadlineMs: 10_000, retry: NO_RETRY };

/** Draws whatever there is to show, plainly. */
const PLAIN = "default";

/** The layouts of the host, each opened by its first use. */
export class LayoutSet implements AsyncDisposable {
  readonly #host: Host;
  readonly #opened = new AsyncDisposableStack();
  readonly #endpoints = new Map<string, OpenedEndpoint<LayoutCall, Scene>["endpoint"]>();

  constructor(host: Host) {
    this.#host = host;
  }

  get names(): readonly string[] {
    return this.#host.plugins.names("layout");
  }

  /**
   * Draws by the layout named, or by the plain one where the plugin of that is broken and optional: a plain picture is better than none.
   *
   * @throws HostError `CALL_UNKNOWN_CONTRIBUTION` for a layout that no plugin provides.
   */
  async render(name: string, content: SignageContent, frame: Frame, signal: AbortSignal): Promise<Scene> {
    try {
      return await this.#render(name, content, frame, signal);
    } catch (error) {
      if (signal.aborted || !this.#canDoWithout(name) || !isUnavailable(error)) throw error;
      const log = this.#host.log.about({ source: "app/signage" });
      log.warn(`Drew by the layout ${PLAIN}, since ${name} is broken: ${error.message}`);
      return this.#render(PLAIN, content, frame, signal);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#opened.disposeAsync();
  }

  /** The renderer checks the scene; nothing of it is used before. */
  async #render(name: string, content: SignageContent, frame: Frame, signal: AbortSignal): Promise<Scene> {
    const scene = await this.#endpoint(name).call([content, frame], { signal, caller: "app/signage" });
    // Every layout has the method: whoever lacks it was not loaded.
    return scene as Exclude<typeof scene, Declined>;
  }

  #canDoWithout(name: string): boolean {
    const { plugins } = this.#host;
    const provider = plugins.find(`layout/${name}`);
    const isOther = provider !== undefined && plugins.find(`layout/${PLAIN}`) !== provider;
    return isOther && provider.manifest.plugin.criticality === "optional";
  }

  #endpoint(name: string): OpenedEndpoint<LayoutCall, Scene>["endpoint"] {
    let endpoint = this.#endpoints.get(name);
    if (!endpoint) {
      const wanted = { contribution: `layout/${name}`, member: "render", base: BASE } as const;
      endpoint = this.#opened.use(this.#host.endpoint<LayoutCall, Scene>(wanted)).endpoint;
      this.#endpoints.set(name, endpoint);
    }
    return endpoint;
  }
}
