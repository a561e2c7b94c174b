import type { Channel } from "@berth/contract";
import type { OpenRequest, Runner, TierReport } from "@berth/kernel/runner";

/** A real runner, and who is alive in it. */
export class WatchedRunner implements Runner, AsyncDisposable {
  readonly tier: Runner["tier"];
  readonly #runner: Runner & Partial<AsyncDisposable & Disposable>;
  /** Numbers of the generations whose code is being loaded, runs, or is being ended. */
  readonly alive = new Set<number>();
  /** How many of them there were at the same time, at most, since somebody set it back. */
  most = 0;
  /** Says why nothing can be opened, for as long as it is set. */
  refuse?: () => Error;
  /** Those of the generations whose modules did not have to be read. */
  readonly told = new Set<number>();
  /** Channels by the number of their generation. */
  readonly channels = new Map<number, Channel>();
  /** Health checks that are not answered yet. */
  checks = 0;

  constructor(runner: Runner & Partial<AsyncDisposable & Disposable>) {
    this.tier = runner.tier;
    this.#runner = runner;
  }

  get awaitsClearance(): boolean {
    return this.#runner.awaitsClearance === true;
  }

  report(signal: AbortSignal): Promise<TierReport> {
    return this.#runner.report(signal);
  }

  async open(request: OpenRequest, signal: AbortSignal): Promise<Channel> {
    const { generation } = request;
    if (this.refuse) throw this.refuse();
    void request.modules?.then((modules) => modules && this.told.add(generation));
    this.alive.add(generation);
    this.most = Math.max(this.most, this.alive.size);
    try {
      const channel = await this.#runner.open(request, signal);
      this.#countChecks(channel);
      this.channels.set(generation, channel);
      void channel.exited.then(() => this.alive.delete(generation));
      return channel;
    } catch (error) {
      this.alive.delete(generation);
      throw error;
    }
  }

  #countChecks(channel: Channel): void {
    const health = channel.health.bind(channel);
    channel.health = (signal) => {
      this.checks++;
      return health(signal).finally(() => this.checks--);
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#runner[Symbol.asyncDispose]?.();
    this.#runner[Symbol.dispose]?.();
  }
}
