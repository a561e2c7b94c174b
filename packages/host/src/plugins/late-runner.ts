import type { Channel, Tier } from "@berth/contract";
import type { OpenRequest, Runner, TierReport } from "@berth/kernel/runner";

/** A runner that may own what must be given back. */
export type OwnedRunner = Runner & Partial<Disposable & AsyncDisposable>;

/** A runner whose code is loaded by the first plugin of its tier: a host without such plugins starts without it. */
export class LateRunner implements Runner, AsyncDisposable {
  readonly tier: Tier;
  readonly #load: () => Promise<OwnedRunner>;
  #runner: Promise<OwnedRunner> | undefined;
  #awaitsClearance = false;

  constructor(tier: Tier, load: () => Promise<OwnedRunner>) {
    this.tier = tier;
    this.#load = load;
  }

  get awaitsClearance(): boolean {
    return this.#awaitsClearance;
  }

  async report(signal: AbortSignal): Promise<TierReport> {
    return (await this.#loaded()).report(signal);
  }

  async open(request: OpenRequest, signal: AbortSignal): Promise<Channel> {
    return (await this.#loaded()).open(request, signal);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const runner = await this.#runner?.catch(() => undefined);
    await runner?.[Symbol.asyncDispose]?.();
    runner?.[Symbol.dispose]?.();
  }

  async #loaded(): Promise<OwnedRunner> {
    this.#runner ??= this.#load();
    const runner = await this.#runner;
    this.#awaitsClearance = runner.awaitsClearance === true;
    return runner;
  }
}
