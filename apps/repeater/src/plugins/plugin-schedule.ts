import { neutraliseLine } from "@berth/base";
import { HostError, type LastRun, type NextRun } from "@berth/contract";
import type { Host, ManagedInstance } from "@berth/host";
import { composeEndpoint, type Endpoint, NO_RETRY } from "@berth/kernel/calls";
import type { Due, EndedRun, Schedule } from "../modes/schedule.ts";

/** A schedule is arithmetic; one that takes longer hangs. */
const DEADLINE_MS = 30_000;

/** A hundred years: past any wait that is meant. */
const LONGEST_MS = 3_153_600_000_000;

/** A scheduler of a plugin, asked after each run. */
export class PluginSchedule implements Schedule {
  readonly needsResult = true;
  readonly #name: string;
  readonly #instance: ManagedInstance;
  readonly #endpoint: Endpoint<readonly [LastRun | undefined], NextRun | undefined>;

  constructor(host: Host, name: string, instance: ManagedInstance) {
    this.#name = name;
    this.#instance = instance;
    this.#endpoint = composeEndpoint<readonly [LastRun | undefined], NextRun | undefined>({
      name: `scheduler/${name}`,
      invoke: (input, call) => instance.method("next")(input, call) as Promise<NextRun | undefined>,
      clock: host.clock,
      wheel: host.wheel,
      permissionsOf: host.permissionsOf,
      tracing: host.telemetry.callTracing(),
      policy: { deadlineMs: DEADLINE_MS, retry: NO_RETRY, breaker: { failureThreshold: Infinity } },
    });
  }

  async next(last: EndedRun | undefined, holdMs: number, signal: AbortSignal): Promise<Due | undefined> {
    const told = last && { ...last, ...(holdMs > 0 ? { holdMs } : {}) };
    const answer: unknown = await this.#endpoint.call([told], { signal, caller: "app/repeater" });
    if (answer === undefined || answer === null) return undefined;
    const { delayMs, endsOnSuccess, note } = answer as Partial<Record<keyof NextRun, unknown>>;
    if (typeof delayMs !== "number" || !(delayMs >= 0)) {
      throw new HostError(
        "CONTRACT_BROKEN",
        `scheduler/${this.#name} answered without a wait of 0 or more milliseconds`,
      );
    }
    return {
      // What the service itself asked for is a part of every schedule.
      delayMs: Math.max(Math.min(delayMs, LONGEST_MS), holdMs),
      ...(endsOnSuccess === true ? { endsOnSuccess } : {}),
      ...(typeof note === "string" ? { note: neutraliseLine(note, 300) } : {}),
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#instance[Symbol.asyncDispose]();
  }
}
