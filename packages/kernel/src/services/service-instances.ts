import type { ServiceScope } from "@berth/contract";
import type { ManagedInstance } from "../lifecycle/managed-instance.ts";
import type { ManagedPlugin } from "../lifecycle/managed-plugin.ts";

/** What {@link ServiceInstances} needs. */
export interface ServiceInstancesOptions {
  service: string;
  make: (instanceId: string) => ManagedInstance;
  /** The plugin behind `plugin/NAME`. */
  callerOf: (caller: string) => ManagedPlugin | undefined;
  /** Hears of an instance that did not close. */
  onError: (error: unknown) => void;
}

interface Held {
  instance: ManagedInstance;
  /** Its ear at the caller, if it is one caller's. */
  watching?: Disposable | undefined;
}

/** Who stands for the one instance that all callers share. */
const EVERYBODY = "";

/** The instances of one service: one for the host, or one for each caller, which ends with it. */
export class ServiceInstances implements AsyncDisposable {
  readonly #options: ServiceInstancesOptions;
  readonly #held = new Map<string, Held>();
  /** By holder: the id of an instance is free again when it is closed, and not before. */
  readonly #closing = new Map<string, Promise<void>>();
  #scope: ServiceScope = "host";

  constructor(options: ServiceInstancesOptions) {
    this.#options = options;
  }

  /** Another version of the provider may share where the one before did not. */
  set scope(scope: ServiceScope) {
    if (scope === this.#scope) return;
    this.#scope = scope;
    this.#releaseAll();
  }

  /** Made by the first call; a promise while the one before is being closed. */
  of(caller: string): ManagedInstance | Promise<ManagedInstance> {
    const holder = this.#scope === "plugin" ? caller : EVERYBODY;
    const held = this.#held.get(holder);
    if (held) return held.instance;
    const closing = this.#closing.get(holder);
    if (closing) return closing.then(() => this.of(caller));
    const { instance, watching } = this.#hold(holder);
    this.#held.set(holder, { instance, watching });
    return instance;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#releaseAll();
    await Promise.all(this.#closing.values());
  }

  #hold(holder: string): Held {
    const { service, make, callerOf } = this.#options;
    const instance = make(holder === EVERYBODY ? `service/${service}` : `service/${service} for ${holder}`);
    const watching = callerOf(holder)?.onDidMove(({ to }) => {
      if (to === "unloaded" || to === "failed") this.#release(holder);
    });
    return { instance, watching };
  }

  #releaseAll(): void {
    for (const holder of this.#held.keys()) this.#release(holder);
  }

  #release(holder: string): void {
    const held = this.#held.get(holder);
    if (!held) return;
    this.#held.delete(holder);
    held.watching?.[Symbol.dispose]();
    const closing = held.instance[Symbol.asyncDispose]().catch(this.#options.onError);
    this.#closing.set(holder, closing);
    void closing.then(() => this.#closing.delete(holder));
  }
}
