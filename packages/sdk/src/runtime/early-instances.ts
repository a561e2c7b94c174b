import type { Clock } from "@berth/base";
import type { InstanceRequest } from "@berth/contract";
import type { OpenInstanceAnswer } from "./messages.ts";
import type { PluginRuntime } from "./plugin-runtime.ts";

/** What takes longer is waited for by whoever asks for it by name. */
const LIMIT_MS = 5;

/** Instances that are opened before anybody asked for each: what is known of the next question need not be waited for. */
export class EarlyInstances {
  readonly #opening = new Map<string, Promise<readonly string[]>>();
  readonly #instances: readonly InstanceRequest[];
  readonly #members: (OpenInstanceAnswer | null)[];
  readonly #all: Promise<unknown>;

  constructor(runtime: PluginRuntime, instances: readonly InstanceRequest[]) {
    this.#instances = instances;
    this.#members = instances.map(() => null);
    this.#all = Promise.allSettled(
      instances.map(async (request, nth) => {
        const opening = runtime.openInstance(request);
        this.#opening.set(request.instanceId, opening);
        this.#members[nth] = { members: await opening };
      }),
    );
  }

  /** What is open soon. Who hears that does not ask; of all others it is known until somebody does. */
  async settled(clock: Clock): Promise<readonly (OpenInstanceAnswer | null)[]> {
    const { promise: over, resolve } = Promise.withResolvers<void>();
    using _limit = clock.setTimer(resolve, LIMIT_MS);
    await Promise.race([this.#all, over]);
    for (const [nth, { instanceId }] of this.#instances.entries()) {
      if (this.#members[nth]) this.#opening.delete(instanceId);
    }
    return [...this.#members];
  }

  /** One that was not open in time, or could not be. */
  take(instanceId: string): Promise<readonly string[]> | undefined {
    const opening = this.#opening.get(instanceId);
    this.#opening.delete(instanceId);
    return opening;
  }
}
