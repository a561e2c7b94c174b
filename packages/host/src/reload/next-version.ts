import { setImmediate as nextTurn } from "node:timers/promises";
import type { Clock } from "@berth/base";
import type { PluginState } from "@berth/contract";
import type { HostConfig } from "@berth/kernel/config";
import type { DiscoveredPlugin } from "@berth/kernel/discovery";
import type { KeptGenerationRecord, KeptGenerations } from "@berth/storage";
import type { MadeCode } from "../plugins/make-code.ts";
import type { PluginDirectory } from "../plugins/plugin-directory.ts";
import { asKept, findKept } from "./kept-version.ts";
import { withinReadLimit } from "./read-limit.ts";
import type { Announced, ReloadAudit } from "./reload-audit.ts";
import type { Work } from "./reload-work.ts";
import type { Foreseen } from "./foreseen.ts";
import type { PluginVersion, VerifiedCode, Versions } from "./versions.ts";

/** What is to serve next. */
export interface NextVersion {
  made: MadeCode;
  digest: string;
  announced: Announced;
  /** What is still to be checked, while the new generation opens. */
  beside?: (() => Promise<void>) | undefined;
  /** Set for a version that is gone back to. */
  target?: KeptGenerationRecord;
  state?: PluginState | undefined;
}

/** What {@link NextVersions} needs. */
export interface NextVersionsOptions {
  directory: PluginDirectory;
  versions: Versions;
  records: KeptGenerations;
  audit: ReloadAudit;
  clock: Clock;
  config: Pick<HostConfig, "scan_on_reload">;
}

/** Finds what is to serve in the place of what does: copies or finds it, reads and checks it, and has it written down. */
export class NextVersions {
  readonly #options: NextVersionsOptions;

  constructor(options: NextVersionsOptions) {
    this.#options = options;
  }

  /** What lies in the plugin's folder. @returns nothing where that is known already, unless it is to be loaded `always`. */
  async fromFolder(work: Work, { always, by }: { always: boolean; by: string }): Promise<NextVersion | undefined> {
    const { versions, directory, clock } = this.#options;
    await work.steps.enter("read");
    const source = directory.sourceOf(work.plugin.name);
    const foreseen = this.#foresee(work, source);
    const version = await withinReadLimit(clock, work, (within) => versions.take(source, work.digest, within));
    if (!always && this.#isKnown(work, version)) return undefined;
    await work.steps.enter("verify");
    const { digest } = version;
    return withinReadLimit(clock, work, async (within) => {
      const read = await versions.read(version, within);
      const announce = (): Announced =>
        this.#options.audit.announce(work, { manifest: read.plugin.manifest, digest, by });
      try {
        // Its modules may be checked for longer than this waits.
        const verified = await versions.verify(read, AbortSignal.any([within, work.signal]), { foreseen });
        const announced = announce();
        return { announced, digest, ...(await this.#checked(work, verified, announced)) };
      } catch (error) {
        // Who wanted it is in the log also where it was refused.
        if (!work.isAnnounced) announce();
        throw error;
      }
    });
  }

  /** The version of a number, or the last one that did not fail. */
  async fromKept(work: Work, { to, by }: { to: number | undefined; by: string }): Promise<NextVersion> {
    const { versions, directory, records, audit, clock } = this.#options;
    const { name } = work.plugin;
    await work.steps.enter("read");
    const target = findKept(records, name, to);
    const version = versions.find(directory.sourceOf(name), target.digest);
    const { digest } = version;
    await work.steps.enter("verify");
    const trust = directory.trustOf(name);
    return withinReadLimit(clock, work, async (within) => {
      const read = await versions.read(version, within);
      const announced = audit.announce(work, { manifest: read.plugin.manifest, digest, by, isEarlier: true });
      const made = asKept(target, await versions.verify(read, within, { trust }));
      await announced.written;
      return { announced, digest, made, target, state: records.state(target) };
    });
  }

  /**
   * An operator who would rather look at it first does so before any of it runs; and so it is with what may be half of a file. Else its
   * modules are checked in the time in which what they will run in gets ready, and loads them.
   */
  async #checked(
    work: Work,
    { compare, loadable, code, trust }: VerifiedCode,
    { written }: Announced,
  ): Promise<Pick<NextVersion, "made" | "beside">> {
    const { steps, isWhole } = work;
    const { clock, config } = this.#options;
    if (config.scan_on_reload === "refuse" || !isWhole) {
      await Promise.all([compare(), written]);
      return { made: { code, trust } };
    }
    const mayRun = (): Promise<void> => Promise.all([loadable, written]).then(() => undefined);
    const cleared = steps.during("verify", () => withinReadLimit(clock, work, mayRun));
    cleared.catch(() => undefined);
    const beside = (): Promise<void> => steps.during("verify", () => nextTurn().then(compare));
    return { made: { code: { ...code, cleared }, trust }, beside };
  }

  /** Begins with what takes long and only the content of files decides, which waits for nothing else. */
  #foresee({ plugin: { code }, digest }: Work, source: DiscoveredPlugin): Foreseen | undefined {
    const { type, entry } = code.manifest.runtime;
    return type === "node" && digest !== undefined ? this.#options.versions.foresee(source, entry, digest) : undefined;
  }

  /** What a watcher finds that serves already, or was found bad before, is nothing new. */
  #isKnown({ plugin, digest }: Work, version: PluginVersion): boolean {
    return version.digest === digest || this.#options.records.isCondemned(plugin.name, version.digest);
  }
}
