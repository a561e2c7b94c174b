import type { Clock } from "@berth/base";
import type { BatchResult, OutputPage, OutputRecord } from "@berth/contract";
import type { Host, ManagedInstance } from "@berth/host";
import { openOwnSpool, SpooledOutput } from "@berth/jobs";
import { composeEndpoint, type Endpoint, NO_RETRY } from "@berth/kernel/calls";
import type { RecordSink, RunRecord } from "../run/run-record.ts";

/** Of one call; what takes longer is sent again. */
const DEADLINE_MS = 30_000;
const CALLER = { caller: "app/repeater" } as const;

/** What a {@link PluginOutput} is made of. */
export interface PluginOutputOptions {
  host: Host;
  name: string;
  instance: ManagedInstance;
  /** What its records are called. */
  job: string;
  /** Where records wait that it does not take. */
  spoolFolder: string;
  clock: Clock;
  warn: (sentence: string) => void;
}

/** An output of a plugin, behind a spool: one that is slow or down neither holds runs back nor loses records. */
export class PluginOutput implements RecordSink {
  readonly #options: PluginOutputOptions;
  readonly #spooled: SpooledOutput<OutputRecord>;
  readonly #write: Endpoint<readonly [OutputRecord], void>;
  readonly #writeAll: Endpoint<readonly [readonly OutputRecord[]], BatchResult | undefined>;
  readonly #respond: Endpoint<readonly [string], OutputPage | undefined>;
  readonly #flush: Endpoint<readonly [], void>;

  constructor(options: PluginOutputOptions) {
    this.#options = options;
    const { name, clock, warn, spoolFolder } = options;
    this.#write = this.#endpoint("write");
    this.#writeAll = this.#endpoint("writeAll");
    this.#respond = this.#endpoint("respond");
    this.#flush = this.#endpoint("flush");
    this.#spooled = new SpooledOutput<OutputRecord>({
      name: `output ${name}`,
      clock,
      warn,
      openSpool: (onDropped) => openOwnSpool(spoolFolder, { onDropped }),
      send: (records, signal) => this.#send(records, signal),
    });
  }

  /** Whether it shows pages. */
  get hasPages(): boolean {
    return this.#options.instance.has("respond");
  }

  /** Begins with what an earlier run has left. */
  resume(): void {
    this.#spooled.resume();
  }

  write(record: RunRecord): void {
    const { startedAt, durationMs, success, job = this.#options.job, ...result } = record;
    this.#spooled.write({ id: job, startedAt, durationMs, success, result });
  }

  respond(path: string, signal: AbortSignal): Promise<OutputPage | undefined> {
    return this.#respond.call([path], { ...CALLER, signal });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const { instance, warn, name } = this.#options;
    await this.#spooled[Symbol.asyncDispose]();
    if (instance.has("flush")) {
      await this.#flush.call([], CALLER).catch((error: Error) => warn(`output ${name}: ${error.message}`));
    }
    await instance[Symbol.asyncDispose]();
  }

  async #send(records: readonly OutputRecord[], signal: AbortSignal): Promise<readonly number[]> {
    if (this.#options.instance.has("writeAll")) {
      const answer = await this.#writeAll.call([records], { ...CALLER, signal });
      const failed: unknown = answer?.failed;
      return Array.isArray(failed) ? failed.filter((place) => Number.isInteger(place)) : [];
    }
    for (const [place, record] of records.entries()) {
      try {
        await this.#write.call([record], { ...CALLER, signal });
      } catch (error) {
        // In order: what comes after it waits too.
        if (place === 0) throw error;
        return records.keys().drop(place).toArray();
      }
    }
    return [];
  }

  #endpoint<Input extends readonly unknown[], Answer>(member: string): Endpoint<Input, Answer> {
    const { host, name, instance } = this.#options;
    return composeEndpoint<Input, Answer>({
      name: `output/${name}`,
      invoke: (input, call) => instance.method(member)(input, call) as Promise<Answer>,
      clock: host.clock,
      wheel: host.wheel,
      permissionsOf: host.permissionsOf,
      tracing: host.telemetry.callTracing(),
      policy: { deadlineMs: DEADLINE_MS, retry: NO_RETRY, breaker: { failureThreshold: Infinity } },
    });
  }
}
