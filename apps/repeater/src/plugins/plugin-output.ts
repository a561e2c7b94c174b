import { errorMessage } from "@berth/base";
import type { OutputRecord } from "@berth/contract";
import type { Host, ManagedInstance } from "@berth/host";
import { composeEndpoint, type Endpoint, NO_RETRY } from "@berth/kernel/calls";
import type { RecordSink, RunRecord } from "../run/run-record.ts";

/** An output that is slower holds the runs back no longer than this. */
const DEADLINE_MS = 30_000;

/** An output of a plugin. That it fails is said, and is no failure of a run. */
export class PluginOutput implements RecordSink {
  readonly #instance: ManagedInstance;
  readonly #job: string;
  readonly #warn: (sentence: string) => void;
  readonly #name: string;
  readonly #write: Endpoint<readonly [OutputRecord], void>;
  readonly #flush: Endpoint<readonly [], void>;

  constructor(host: Host, name: string, instance: ManagedInstance, job: string, warn: (sentence: string) => void) {
    this.#instance = instance;
    this.#name = name;
    this.#job = job;
    this.#warn = warn;
    const endpoint = <Input extends readonly unknown[]>(member: string): Endpoint<Input, void> =>
      composeEndpoint<Input, void>({
        name: `output/${name}`,
        invoke: (input, call) => instance.method(member)(input, call) as Promise<void>,
        clock: host.clock,
        wheel: host.wheel,
        permissionsOf: host.permissionsOf,
        tracing: host.telemetry.callTracing(),
        policy: { deadlineMs: DEADLINE_MS, retry: NO_RETRY, breaker: { failureThreshold: Infinity } },
      });
    this.#write = endpoint("write");
    this.#flush = endpoint("flush");
  }

  async write(record: RunRecord): Promise<void> {
    const { startedAt, durationMs, success, ...result } = record;
    const output: OutputRecord = {
      id: this.#job,
      startedAt,
      durationMs,
      success,
      result: result,
    };
    await this.#try(() => this.#write.call([output], { caller: "app/repeater" }));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#instance.has("flush")) await this.#try(() => this.#flush.call([], { caller: "app/repeater" }));
    await this.#instance[Symbol.asyncDispose]();
  }

  async #try(call: () => Promise<void>): Promise<void> {
    try {
      await call();
    } catch (error) {
      this.#warn(`output ${this.#name}: ${errorMessage(error)}`);
    }
  }
}
