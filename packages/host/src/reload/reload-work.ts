import type { Clock } from "@berth/base";
import type { ManagedPlugin } from "@berth/kernel/lifecycle";
import type { GenerationSummary, ReloadReport, ReloadSteps } from "@berth/kernel/reload";
import type { Save } from "@berth/kernel/watch";

/** What {@link Work} is made of. */
export interface WorkOptions {
  plugin: ManagedPlugin;
  dependents: readonly ManagedPlugin[];
  steps: ReloadSteps;
  clock: Clock;
  signal: AbortSignal;
  /** What it is about, where files changed: more of them may. */
  save: Save | undefined;
  /** Takes what is still to be done when the work is decided. */
  until: (rest: Promise<unknown>) => void;
}

/** One reload, from its beginning. */
export class Work {
  readonly plugin: ManagedPlugin;
  readonly dependents: readonly ManagedPlugin[];
  readonly steps: ReloadSteps;
  readonly signal: AbortSignal;
  readonly until: (rest: Promise<unknown>) => void;
  readonly #save: Save | undefined;
  /** What is to be answered instead: it went back before it was answered. */
  instead: ReloadReport | undefined;
  isAnswered = false;
  /** Whether it was written down that it was begun. */
  isAnnounced = false;
  readonly #clock: Clock;
  readonly #startedMs: number;

  constructor({ plugin, dependents, steps, clock, signal, save, until }: WorkOptions) {
    this.plugin = plugin;
    this.dependents = dependents;
    this.steps = steps;
    this.signal = signal;
    this.until = until;
    this.#save = save;
    this.#clock = clock;
    this.#startedMs = clock.monotonicMs();
  }

  /** Of what serves, if it is known. */
  get digest(): string | undefined {
    return this.plugin.serving?.digest;
  }

  /** Whether nobody is in the midst of writing the files. */
  get isWhole(): boolean {
    return this.#save?.isWhole ?? false;
  }

  /** Resolves when no more files change. Rejects when one does: another reload follows. */
  async untilSaved(): Promise<void> {
    await this.#save?.over;
  }

  summary(): GenerationSummary {
    const { manifest, serving } = this.plugin;
    return summaryOf(manifest.plugin.version, serving?.number ?? 0, serving?.digest);
  }

  answer(report: ReloadReport): ReloadReport {
    this.isAnswered = true;
    return this.instead ?? report;
  }

  report(outcome: ReloadReport["outcome"], more: Partial<ReloadReport> = {}): ReloadReport {
    return {
      plugin: this.plugin.name,
      outcome,
      ...(this.plugin.serving ? { serving: this.summary() } : {}),
      dependents: [],
      heldMs: 0,
      ...more,
      tookMs: this.#clock.monotonicMs() - this.#startedMs,
    };
  }
}

/** What a report says of one version. */
export function summaryOf(version: string, generation: number, digest: string | undefined): GenerationSummary {
  return { version, generation, ...(digest === undefined ? {} : { digest }) };
}
