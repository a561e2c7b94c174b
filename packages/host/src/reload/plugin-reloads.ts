import { type Clock, Emitter, type Failpoints } from "@berth/base";
import { HostError } from "@berth/contract";
import type { HostConfig } from "@berth/kernel/config";
import type { Generation, ManagedPlugin, PluginCode } from "@berth/kernel/lifecycle";
import {
  type Change,
  Probation,
  PROBATION_RULES,
  type ProbationRules,
  ReloadFailure,
  type ReloadReport,
  ReloadSteps,
  type Running,
  swapGenerations,
} from "@berth/kernel/reload";
import type { Save } from "@berth/kernel/watch";
import type { AuditLog, KeptGenerationRecord, KeptGenerations } from "@berth/storage";
import type { PluginDirectory } from "../plugins/plugin-directory.ts";
import type { PluginTrust } from "../plugins/plugin-trust.ts";
import type { GenerationKeeper, HandedOn } from "./generation-keeper.ts";
import { asKept } from "./kept-version.ts";
import { Lanes } from "./lanes.ts";
import { type NextVersion, NextVersions } from "./next-version.ts";
import { withinReadLimit } from "./read-limit.ts";
import { ReloadAudit } from "./reload-audit.ts";
import { summaryOf, Work } from "./reload-work.ts";
import type { KeptGeneration, ReloadOptions, Reloads } from "./reloads.ts";
import type { Versions } from "./versions.ts";

/** What {@link PluginReloads} needs. */
export interface PluginReloadsOptions {
  directory: PluginDirectory;
  versions: Versions;
  keeper: GenerationKeeper;
  records: KeptGenerations;
  audit: Pick<AuditLog, "append" | "note">;
  clock: Clock;
  config: Pick<HostConfig, "scan_on_reload">;
  failpoints: Failpoints;
  /** Plugins that are loaded and cannot do without this one, each after those it needs. */
  dependentsOf(plugin: string): readonly string[];
  /** All plugins, those that others need first. */
  inOrder(): readonly ManagedPlugin[];
  /** Somebody puts other code in the place of what ended: it is not for anybody else to start again. */
  standDown(plugin: string): void;
  rules?: Partial<ProbationRules>;
}

/** How to reload, where that is because files changed. */
export interface SavedReload extends ReloadOptions {
  /** More of them may: what is begun is given up then. */
  save?: Save | undefined;
}

/** Replaces plugins while they serve: reads and checks a version, swaps generations, watches over the new one, and keeps the old. */
export class PluginReloads implements Reloads, AsyncDisposable {
  readonly #options: PluginReloadsOptions;
  readonly #rules: ProbationRules;
  readonly #audit: ReloadAudit;
  readonly #next: NextVersions;
  readonly #lanes = new Lanes();
  /** What is run from a copy, whatever lies in the plugin's folder. */
  readonly #fixed = new WeakSet<PluginCode>();
  readonly #reloaded = new Emitter<ReloadReport>();
  readonly #probations = new Map<string, Probation>();
  readonly #written = new Set<Promise<unknown>>();
  readonly #over = new AbortController();

  constructor(options: PluginReloadsOptions) {
    this.#options = options;
    this.#rules = { ...PROBATION_RULES, ...options.rules };
    this.#audit = new ReloadAudit(options.audit);
    this.#next = new NextVersions({ ...options, audit: this.#audit });
  }

  reload(plugin: string, { signal, save, always = true, by = "host" }: SavedReload = {}): Promise<ReloadReport> {
    return this.#run(plugin, { signal, save }, (work) => this.#next.fromFolder(work, { always, by }));
  }

  async reloadAll(options: ReloadOptions = {}): Promise<ReloadReport[]> {
    const reports: ReloadReport[] = [];
    const came = new Set<string>();
    for (const { name, serving } of this.#options.inOrder()) {
      if (!serving) continue;
      // One that came along with what it needs did so as it was: what lies in its folder may still be another version.
      const report = await this.reload(name, came.has(name) ? { ...options, always: false } : options);
      reports.push(report);
      for (const each of report.dependents) came.add(each);
    }
    // A later one may have taken the version of an earlier one for good.
    return reports.map(({ probationMs, ...report }) => {
      return probationMs === undefined ? report : { ...report, ...this.#probationOf(report.plugin) };
    });
  }

  rollback(
    plugin: string,
    { to, signal, by = "host" }: { to?: number; signal?: AbortSignal; by?: string } = {},
  ): Promise<ReloadReport> {
    return this.#run(plugin, { signal }, (work) => this.#next.fromKept(work, { to, by }));
  }

  /**
   * Before a plugin is loaded: when what lies in its folder is a version that failed, the one that is kept is loaded in its place.
   *
   * @returns that one, if it came to that.
   */
  async avoidCondemned(plugin: string, signal: AbortSignal): Promise<KeptGenerationRecord | undefined> {
    const { versions, directory, records } = this.#options;
    const kept = records.current(plugin);
    if (!kept || kept.isCondemned) return undefined;
    const { digest } = await versions.take(directory.sourceOf(plugin), undefined, signal);
    if (!records.isCondemned(plugin, digest)) return undefined;
    const version = versions.find(directory.sourceOf(plugin), kept.digest);
    const read = await versions.read(version, signal);
    const { code, trust } = await versions.verify(read, signal, { trust: directory.trustOf(plugin) });
    const managed = directory.get(plugin);
    if (!(await managed.recode(asKept(kept, { code, trust }).code))) return undefined;
    directory.update(managed, trust);
    return kept;
  }

  history(plugin: string): Promise<readonly KeptGeneration[]> {
    this.#options.directory.get(plugin);
    const kept = this.#options.records.list(plugin);
    return Promise.resolve(
      kept.map(({ id, version, digest, since, isCurrent, isCondemned, hasState }) => {
        return { id, plugin, version, digest, since, isCurrent, hasFailed: isCondemned, hasState };
      }),
    );
  }

  onDidReload(listener: (report: ReloadReport) => void): Disposable {
    return this.#reloaded.on(listener);
  }

  /** A plugin is about to be stopped: its version is taken for good. */
  async settle(plugin: string): Promise<void> {
    await this.#probations.get(plugin)?.pass();
  }

  /** Ends what is under way; what was replaced is taken for good. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#over.abort(new HostError("CALL_CANCELLED", "Cannot reload a plugin: the host is stopping"));
    await this.#lanes.idle();
    await Promise.all([...this.#probations.values()].map((probation) => probation.pass()));
    await Promise.all(this.#written);
  }

  async #run(
    name: string,
    { signal, save }: { signal: AbortSignal | undefined; save?: Save | undefined },
    choose: (work: Work) => Promise<NextVersion | undefined>,
  ): Promise<ReloadReport> {
    const { directory, clock, failpoints } = this.#options;
    const plugin = directory.get(name);
    const dependents = this.#options.dependentsOf(name).map((each) => directory.get(each));
    const within = signal ? AbortSignal.any([signal, this.#over.signal]) : this.#over.signal;
    return this.#lanes.run([name, ...dependents.map((each) => each.name)], async (until) => {
      const steps = new ReloadSteps({ plugin: name, failpoints, clock, signal: within });
      const job = new Work({ plugin, dependents, steps, clock, signal: within, save, until });
      const report = job.answer(await this.#attempt(job, choose));
      this.#reloaded.emit(report);
      await this.#audit.record(report);
      return report;
    });
  }

  async #attempt(job: Work, choose: (work: Work) => Promise<NextVersion | undefined>): Promise<ReloadReport> {
    try {
      await job.steps.enter("detect");
      const next = await choose(job);
      return next ? await this.#put(job, next) : job.report("unchanged");
    } catch (error) {
      const failure =
        error instanceof ReloadFailure ? error : new ReloadFailure(job.plugin.name, job.steps.step, error);
      job.until(failure.ended);
      const report = job.report("refused", { failed: { step: failure.step, error: failure.error } });
      try {
        // What is wrong in the midst of a save is mostly mended by the rest of it.
        await job.untilSaved();
        return report;
      } catch {
        if (job.isAnnounced) await this.#audit.record(report);
        return job.report("unchanged");
      }
    }
  }

  async #put(work: Work, next: NextVersion): Promise<ReloadReport> {
    const { plugin } = work;
    // Half of a file is not to run; all of one may, and be given up when another follows.
    if (!work.isWhole) await work.untilSaved();
    if (plugin.serving) return this.#replace(work, next);
    await next.beside?.();
    await work.untilSaved();
    await next.announced.durable;
    const hadFailed = plugin.state === "failed";
    const other = work.summary();
    this.#options.standDown(plugin.name);
    if (!(await plugin.recode(next.made.code))) return this.#replace(work, next);
    this.#options.directory.update(plugin, next.made.trust);
    await work.steps.enter("open");
    if (hadFailed) await plugin.activate(work.signal);
    await this.#writeDown(plugin, next, undefined);
    return work.report("reloaded", { other });
  }

  async #replace(work: Work, next: NextVersion): Promise<ReloadReport> {
    const { plugin, dependents, steps, signal } = work;
    const { clock, directory, records } = this.#options;
    const together = [plugin, ...dependents.filter(({ serving }) => serving)];
    // Two generations of a plugin are alive at most.
    await Promise.all(together.map(({ name }) => this.settle(name)));
    // The version that serves may still be being written down.
    await this.#options.keeper.settled(plugin.name);
    const before = records.current(plugin.name);
    const trust = directory.trustOf(plugin.name);
    const other = work.summary();
    const { promise: written, resolve: onWritten } = Promise.withResolvers<void>();
    const onSwitched = (changes: readonly Change[]): void => {
      directory.update(plugin, next.made.trust);
      this.#watchOver(work, changes, { before, trust, written });
    };
    this.#fixed.add(next.made.code);
    const others = together.slice(1).map(async (each) => {
      return { plugin: each, code: await this.#asItIs(each), needs: neededBy(each, together) };
    });
    const parts = [{ plugin, code: next.made.code, state: next.state }, ...(await Promise.all(others))];
    const ready = async (): Promise<void> => {
      await next.announced.durable;
      await work.untilSaved();
    };
    const swap = await swapGenerations({ parts, clock, steps, signal, beside: next.beside, ready, onSwitched });
    const [{ state }] = swap.changes as [Change];
    await this.#writeDown(plugin, next, other.digest, { state });
    onWritten();
    const names = together.slice(1).map(({ name }) => name);
    const probation = this.#probationOf(plugin.name);
    return work.report("reloaded", { other, heldMs: swap.heldMs, dependents: names, ...probation });
  }

  #probationOf(plugin: string): Pick<ReloadReport, "probationMs"> {
    const { leftMs = 0 } = this.#probations.get(plugin) ?? {};
    return leftMs > 0 ? { probationMs: leftMs } : {};
  }

  async #writeDown(
    plugin: ManagedPlugin,
    { target, digest }: NextVersion,
    replaced: string | undefined,
    handedOn?: HandedOn,
  ): Promise<void> {
    const { keeper } = this.#options;
    await (target ? keeper.wentBack(target, replaced, handedOn) : keeper.serves(plugin, digest, handedOn));
  }

  #watchOver(work: Work, changes: readonly Change[], way: WayBack): void {
    const { clock } = this.#options;
    const names = changes.map(({ plugin }) => plugin.name);
    const onFailed = (error: HostError): void => this.#wentBack(work, changes, way, error);
    const codeOf = (before: Running, plugin: ManagedPlugin): Promise<PluginCode> => this.#codeOf(plugin, before);
    const probation = new Probation({ changes, clock, rules: this.#rules, steps: work.steps, codeOf, onFailed });
    for (const name of names) this.#probations.set(name, probation);
    void probation.over.then(() => {
      for (const name of names) if (this.#probations.get(name) === probation) this.#probations.delete(name);
    });
  }

  #wentBack(work: Work, changes: readonly Change[], { before, trust, written }: WayBack, error: HostError): void {
    const { directory, keeper } = this.#options;
    const [{ plugin, after }, ...others] = changes as [Change, ...Change[]];
    directory.update(plugin, trust);
    const { number: generation, digest } = after.generation;
    const other = summaryOf(after.code.manifest.plugin.version, generation, digest);
    // What is written down of the new version may still be on its way.
    if (before) this.#own(written.then(() => keeper.wentBack(before, digest)));
    const dependents = others.map((each) => each.plugin.name);
    const report = work.report("rolled-back", { other, failed: { step: "probation", error }, dependents });
    if (!work.isAnswered) {
      work.instead = report;
      return;
    }
    this.#own(this.#audit.record(report));
    this.#reloaded.emit(report);
  }

  /** The version that a plugin has, also when another lies in its folder by now: that one nobody asked for, or checked. */
  async #asItIs(plugin: ManagedPlugin): Promise<PluginCode> {
    return plugin.serving ? this.codeThatRan(plugin, plugin.serving, "again") : plugin.code;
  }

  /** The same of a generation that may have ended. */
  async codeThatRan(plugin: ManagedPlugin, generation: Generation, how: Look = "verify"): Promise<PluginCode> {
    const { code } = plugin;
    if (generation.digest === undefined || this.#fixed.has(code)) return code;
    const fixed = await this.#codeOf(plugin, { code, generation }, how);
    this.#fixed.add(fixed);
    return fixed;
  }

  /** What ran, from its copy: in the folder that it was first loaded from may lie something else by now. */
  async #codeOf(plugin: ManagedPlugin, { code, generation }: Running, how: Look = "verify"): Promise<PluginCode> {
    const { versions, directory } = this.#options;
    const { digest } = generation;
    if (digest === undefined) throw new HostError("PLUGIN_NOT_FOUND", "its code is not kept (keepsVersions)");
    const version = versions.find(directory.sourceOf(plugin.name), digest);
    const trust = directory.trustOf(plugin.name);
    const work = { plugin, steps: { step: "verify" }, signal: this.#over.signal } as const;
    const made = await withinReadLimit(this.#options.clock, work, async (within) =>
      versions[how](await versions.read(version, within), within, trust),
    );
    return { ...made.code, settings: async () => (await code.settings?.()) ?? {} };
  }

  #own(work: Promise<void>): void {
    const owned = work.finally(() => this.#written.delete(owned));
    this.#written.add(owned);
  }
}

/** Whom of those that are replaced with it a plugin needs; one that needs a service may need any that comes before it. */
function neededBy({ name, manifest }: ManagedPlugin, together: readonly ManagedPlugin[]): string[] {
  const { requires, optional, services = [] } = manifest.dependencies;
  const before = together.slice(
    0,
    together.findIndex((each) => each.name === name),
  );
  const needed = new Set(Object.keys({ ...requires, ...optional }));
  return before.filter((each) => services.length > 0 || needed.has(each.manifest.plugin.name)).map((each) => each.name);
}

/** How closely a version that ran before is looked at. */
type Look = keyof Pick<Versions, "again" | "verify">;

/** What a version leaves behind that may have to serve again. */
interface WayBack {
  before: KeptGenerationRecord | undefined;
  trust: PluginTrust;
  /** Settles when all is written down about the one that serves in its place. */
  written: Promise<void>;
}
