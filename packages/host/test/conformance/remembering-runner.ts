import type { Channel, Tier } from "@berth/contract";
import type { OpenRequest, TierReport } from "@berth/kernel/runner";
import type { OwnedRunner } from "../../src/plugins/late-runner.ts";

/** A runner that keeps what it was asked for, so that a suite can ask for the same plugin once more. */
export class RememberingRunner implements OwnedRunner {
  readonly tier: Tier;
  readonly #runner: OwnedRunner;
  #request: OpenRequest | undefined;

  constructor(runner: OwnedRunner) {
    this.tier = runner.tier;
    this.#runner = runner;
  }

  report(signal: AbortSignal): Promise<TierReport> {
    return this.#runner.report(signal);
  }

  open(request: OpenRequest, signal: AbortSignal): Promise<Channel> {
    this.#request = request;
    return this.#runner.open(request, signal);
  }

  /** Opens the plugin that was opened last beside itself, as its next generation would be. */
  again(changes: Partial<OpenRequest>, signal: AbortSignal): Promise<Channel> {
    if (!this.#request) throw new Error("no plugin was opened yet");
    const { generation } = this.#request;
    return this.#runner.open({ ...this.#request, generation: generation + 1, ...changes }, signal);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#runner[Symbol.asyncDispose]?.();
    this.#runner[Symbol.dispose]?.();
  }
}
