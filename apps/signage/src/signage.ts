import { join } from "node:path";
import { errorMessage, mapWithWidth } from "@berth/base";
import type { Host } from "@berth/host";
import type { ContributionPolicies } from "@berth/kernel/calls";
import { CronPatterns, type JobEvent, JobLoop } from "@berth/jobs";
import type { LoadedSources, SourceConfig } from "./config/index.ts";
import { type OpenedSource, openSources } from "./open-sources.ts";
import { Drain } from "./runs/drain.ts";
import { LayoutSet } from "./runs/layout-set.ts";
import { PictureDesk } from "./runs/picture-desk.ts";
import { RunRecorder } from "./runs/run-recorder.ts";
import { SourceBoard } from "./runs/source-board.ts";
import { type RunRequest, SourceJob } from "./runs/source-job.ts";
import { sourcePolicy } from "./runs/source-policy.ts";
import type { SourceRun } from "./runs/source-run.ts";
import type { SignageEvent, SourceStatus } from "./signage-events.ts";

/** How to open the application. */
export interface SignageOptions {
  host: Host;
  loaded: LoadedSources;
  /** The ones to run, of those in the file. */
  sources: readonly SourceConfig[];
  /** What the paths in the file are relative to. */
  workingFolder: string;
  signal: AbortSignal;
}

/** Two stages of ending: `stop` lets runs finish, `hurry` cuts them short. */
export interface StopRequest {
  stop: AbortSignal;
  hurry: AbortSignal;
}

/** When one source runs next. */
export interface PlannedSource {
  id: string;
  type: string;
  schedule: string;
  timezone: string;
  /** Milliseconds since 1970. */
  at: number[];
}

/** The application: sources run, pictures appear. */
export interface Signage extends AsyncDisposable {
  readonly sources: readonly SourceStatus[];
  onDidChange(listener: (event: SignageEvent) => void): Disposable;
  /** Runs each source once, as many at a time as the file says. After `stop` no further one begins; `hurry` ends those that run. */
  runOnce(request: StopRequest): Promise<SourceRun[]>;
  /** Runs every source on its schedule until `stop`, and first those that are due because nothing ran for a while. */
  runOnSchedule(request: StopRequest): Promise<void>;
  /** The next `runs` runs of each source. */
  plan(runs: number): PlannedSource[];
}

/**
 * Opens the application over a host; the host stays the caller's.
 *
 * @throws HostError `CONFIG_INVALID` when a source's own plugin refuses its configuration.
 */
export async function openSignage(options: SignageOptions): Promise<Signage> {
  const { host, loaded, sources, workingFolder, signal } = options;
  await using opened = new AsyncDisposableStack();
  // Before anything is composed that would be traced.
  await host.telemetry.start(loaded.config.tracing);
  const recorder = opened.use(new RunRecorder(host));
  const onError = (error: unknown): void => host.log.about({ source: "app/signage" }).error(errorMessage(error));
  const layouts = new LayoutSet(host);
  opened.defer(() => layouts[Symbol.asyncDispose]().catch(onError));
  const folders = { working: workingFolder, cache: join(host.dataFolder, "signage") };
  const desk = opened.use(new PictureDesk(host, loaded.config, folders, layouts));
  const openedSources = await openSources(host, loaded, sources, signal);
  opened.defer(() => closeAll(openedSources, onError));
  const members = openedSources.map(({ source, instance }) => ({
    source,
    job: opened.use(
      new SourceJob({
        id: source.id,
        type: source.type,
        instance,
        policies: policiesOfSource(host, loaded, source),
        storage: host.storage,
        clock: host.clock,
        wheel: host.wheel,
        permissionsOf: host.permissionsOf,
        telemetry: host.telemetry,
        draw: (drawable, drawSignal) => desk.publish(source, drawable, drawSignal),
        mask: (text) => host.masker.mask(text),
        onError,
        onBreakerChange: (state) => host.health.breakerChanged(`source/${source.type}`, source.id, state),
      }),
    ),
  }));
  for (const { job } of members) opened.use(host.telemetry.counts.track(job.endpoint));
  const board = new SourceBoard(
    members.map(({ job }) => job),
    host.storage.runs,
    onError,
  );
  return new OpenSignage({ host, width: loaded.config.width, members, board, recorder, onError, owned: opened.move() });
}

function policiesOfSource(host: Host, { config, document }: LoadedSources, source: SourceConfig): ContributionPolicies {
  const entry = ["sources", config.sources.indexOf(source)];
  const isSaid = (...path: (string | undefined)[]): boolean =>
    document.has([...entry, ...path.filter((step) => step !== undefined)]);
  return host.policiesOf(`source/${source.type}`, sourcePolicy(source, config.breaker.failure_threshold, isSaid));
}

/** At once, and whatever one of them does: its pictures are made, and the others want to end as well. */
async function closeAll(sources: readonly OpenedSource[], onError: (error: unknown) => void): Promise<void> {
  const endings = await Promise.allSettled(sources.map(({ instance }) => instance[Symbol.asyncDispose]()));
  for (const ending of endings) if (ending.status === "rejected") onError(ending.reason);
}

interface Member {
  source: SourceConfig;
  job: SourceJob;
}

interface SignageParts {
  host: Host;
  width: number;
  members: readonly Member[];
  board: SourceBoard;
  recorder: RunRecorder;
  owned: AsyncDisposableStack;
  onError: (error: unknown) => void;
}

class OpenSignage implements Signage {
  readonly #parts: SignageParts;
  readonly #patterns = new CronPatterns();

  constructor(parts: SignageParts) {
    this.#parts = parts;
  }

  get sources(): readonly SourceStatus[] {
    return this.#parts.board.statuses;
  }

  onDidChange(listener: (event: SignageEvent) => void): Disposable {
    return this.#parts.board.onDidChange(listener);
  }

  async runOnce({ stop, hurry }: StopRequest): Promise<SourceRun[]> {
    const { members, width, host } = this.#parts;
    using drain = new Drain(host.clock, { stop, hurry, limitMs: host.config.shutdown.drain_ms });
    const outcomes = await mapWithWidth(members, width, async ({ job }) => {
      stop.throwIfAborted();
      return this.#run(job, { signal: drain.signal, trigger: "once" });
    });
    return outcomes.flatMap((outcome) => {
      if (outcome.status === "fulfilled") return [outcome.value];
      // Only a stop ends a run before it begins; anything else is a bug, and must not look like success.
      if (stop.aborted) return [];
      throw outcome.reason;
    });
  }

  async runOnSchedule({ stop, hurry }: StopRequest): Promise<void> {
    const { host, width, members } = this.#parts;
    await using loop = new JobLoop({
      clock: host.clock,
      width,
      drainMs: host.config.shutdown.drain_ms,
      patterns: this.#patterns,
      claimSlot: (id, slot) => host.storage.runs.claimSlot(id, slot),
    });
    using _listening = loop.on((event) => this.#post(event));
    for (const { source, job } of members) {
      loop.add({
        id: source.id,
        trigger: { cron: source.schedule, zone: source.timezone },
        work: ({ signal, slot, trigger }) =>
          this.#run(job, { signal, trigger, ...(trigger === "manual" ? {} : { slot }) }),
      });
    }
    loop.start();
    // Whoever starts the program wants to see pictures, not the clock; their reports come as events.
    for (const { source } of members) if (this.#isDue(source)) void loop.runNow(source.id);
    await aborted(stop);
    const stopped = loop.stop();
    const onHurry = (): void => void loop.stop();
    hurry.addEventListener("abort", onHurry, { once: true });
    await stopped;
    hurry.removeEventListener("abort", onHurry);
  }

  plan(runs: number): PlannedSource[] {
    return this.#parts.members.map(({ source: { id, type, schedule, timezone } }) => ({
      id,
      type,
      schedule,
      timezone,
      at: this.#slots(schedule, timezone, runs),
    }));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#parts.owned.disposeAsync();
  }

  async #run(job: SourceJob, request: RunRequest): Promise<SourceRun> {
    const { board, recorder, host } = this.#parts;
    board.post({ kind: "started", id: job.id, at: host.clock.now() });
    const run = await job.run(request);
    await recorder.record(run);
    board.post({ kind: "finished", run });
    return run;
  }

  #post(event: JobEvent): void {
    const { board, onError } = this.#parts;
    if (event.kind === "scheduled") board.post({ kind: "scheduled", id: event.id, at: event.slot });
    // A run never throws; what does is a bug, and must not be lost with the event.
    if (event.kind === "finished" && event.report.outcome === "failed") onError(event.report.error);
    if (event.kind === "missed") board.post({ kind: "missed", id: event.id, slot: event.slot, reason: event.reason });
  }

  /**
   * Whether the last run, in this process or an earlier one, is longer ago than two slots are apart. One that was cut short does
   * not count, nor one from the future: then the clock has been set back.
   */
  #isDue({ id, schedule, timezone }: SourceConfig): boolean {
    const { host } = this.#parts;
    const last = host.storage.runs.latest(id);
    const [first, second] = this.#slots(schedule, timezone, 2);
    if (!last || last.errorCode === "CALL_CANCELLED" || first === undefined || second === undefined) return true;
    const sinceMs = host.clock.now() - last.startedAt;
    return sinceMs < 0 || sinceMs >= second - first;
  }

  #slots(schedule: string, zone: string, count: number): number[] {
    const pattern = this.#patterns.get(schedule, { zone });
    const slots: number[] = [];
    let slot = pattern.next(this.#parts.host.clock.now());
    for (; slot !== undefined && slots.length < count; slot = pattern.next(slot)) slots.push(slot);
    return slots;
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });
}
