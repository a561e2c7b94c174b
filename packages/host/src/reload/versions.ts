import { existsSync, readFileSync } from "node:fs";
import { basename, join, relative } from "node:path";
import type { Clock } from "@berth/base";
import { formatProblem, HostError, type Manifest, type Problem } from "@berth/contract";
import { type DiscoveredPlugin, discover } from "@berth/kernel/discovery";
import { ModuleChecker } from "@berth/registry/checker";
import type { BegunModuleCheck, ModuleProblem } from "@berth/registry/scan";
import { SIGNATURE_FILE } from "@berth/registry/signature";
import { SnapshotStore } from "@berth/registry/snapshot";
import type { Log } from "../log/index.ts";
import { type MadeCode, makeCode, type MakeCodeOptions } from "../plugins/make-code.ts";
import type { PluginTrust } from "../plugins/plugin-trust.ts";
import { type Foreseen, modulesOnce, whereItHolds } from "./foreseen.ts";
import { judgeFindings } from "./judge-findings.ts";

/** Where copies of the plugins' code are kept, in the host's data folder. */
const COPIES = "code";

/** More plugins than are replaced at the same time. */
const MOST_RECENT = 64;

/** What {@link Versions} needs. */
export interface VersionsOptions extends MakeCodeOptions {
  /** Refuses a version with which others, or it, would miss what they need. */
  checkGraph(id: string, manifest: Manifest): Promise<void>;
  dataFolder: string;
  clock: Clock;
  log: Log;
}

/** The code of a plugin as it was at one moment, where nobody changes it. */
export interface PluginVersion {
  /** Where it came from. */
  source: DiscoveredPlugin;
  /** Where it is kept. */
  folder: string;
  digest: string;
  /** The copy of what ran when it was taken. */
  before?: string;
  /** SHA-256 of its own files by path, where it was taken just now. */
  contents?: ReadonlyMap<string, string>;
}

/** One whose manifest was read. */
export interface ReadVersion extends PluginVersion {
  plugin: DiscoveredPlugin;
}

/** One that was checked, but for its modules, which takes longer than all else. */
export interface VerifiedCode extends MadeCode {
  /** Settles when they can be loaded; rejects with HostError for what is not to run. Absent: it ran here before. */
  loadable?: Promise<void>;
  /** Compares those that changed with what they were, to be asked once, before the version serves. @throws HostError for what is not to serve. */
  compare: () => Promise<void>;
}

/** Takes versions of plugins out of their folders, checks them, and keeps them. */
export class Versions implements AsyncDisposable {
  readonly #options: VersionsOptions;
  readonly #copies: SnapshotStore;
  /** As they were read last, by plugin. */
  readonly #manifests = new Map<string, { text: string; plugin: DiscoveredPlugin }>();
  readonly #checker: ModuleChecker;
  /** Digests of what was taken last: it may be about to serve. */
  readonly #recent = new Set<string>();

  constructor(options: VersionsOptions) {
    const { dataFolder, clock } = options;
    this.#options = options;
    this.#copies = new SnapshotStore({ folder: join(dataFolder, COPIES), clock });
    this.#checker = new ModuleChecker(clock);
  }

  /** Ends the thread that checks, if there is one. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.#checker[Symbol.asyncDispose]();
  }

  /** @param since the digest of what runs, if it is known: what looks like a half-written change of that is waited for. */
  async take(source: DiscoveredPlugin, since: string | undefined, signal?: AbortSignal): Promise<PluginVersion> {
    const { folder, digest, contents } = await this.#copies.take(source.folder, {
      leaveOut: [this.#options.dataFolder, join(source.folder, SIGNATURE_FILE)],
      ...(since === undefined ? {} : { since }),
      ...(signal ? { signal } : {}),
    });
    this.#recent.delete(digest);
    this.#recent.add(digest);
    return { source, folder, digest, contents, ...this.#before(since) };
  }

  /** A version that was kept. */
  find(source: DiscoveredPlugin, digest: string): PluginVersion {
    if (!this.#copies.has(digest)) {
      const message = `Cannot go back to ${digest} of plugin "${source.name}": its code is not kept any more`;
      throw new HostError("PLUGIN_NOT_FOUND", message);
    }
    return { source, folder: this.#copies.pathOf(digest), digest };
  }

  /**
   * Checks all that can be checked without running it: manifest, signature, tier; and begins with its modules.
   *
   * @param known.trust where that is settled: a version that ran here before.
   * @param known.foreseen what {@link foresee} found in the folder that it was taken from.
   */
  async verify(
    version: ReadVersion,
    signal: AbortSignal,
    { trust, foreseen }: { trust?: PluginTrust; foreseen?: Foreseen | undefined },
  ): Promise<VerifiedCode> {
    const { source, plugin } = version;
    const found = whereItHolds(foreseen, version.contents);
    // One that ran here before is whole.
    const check =
      !trust && plugin.manifest.runtime.type === "node"
        ? this.#check(version, plugin.manifest.runtime.entry, found, signal)
        : undefined;
    const loadable = check?.then(({ problems }) => assertLoadable(source, problems));
    // Whoever is refused for another reason does not wait for it.
    loadable?.catch(() => undefined);
    await this.#options.checkGraph(source.id, plugin.manifest);
    const { code, ...made } = await this.again(version, signal, trust);
    const compare = async (): Promise<void> => {
      await loadable;
      const { problems = [], newFindings = [] } = (await (await check)?.compare()) ?? {};
      assertLoadable(source, problems);
      judgeFindings(source, newFindings, this.#options);
    };
    return { ...made, code: { ...code, modules: modulesOnce(found) }, ...(loadable ? { loadable } : {}), compare };
  }

  /** The same of a version that serves, to load it once more: what it asks of others was checked with it, and is there. */
  again({ source, plugin, folder, digest }: ReadVersion, signal: AbortSignal, trust?: PluginTrust): Promise<MadeCode> {
    return makeCode(
      plugin.inPlaceOf(source),
      { ...this.#options, signal },
      { copy: { folder, digest }, ...(trust ? { trust } : {}) },
    );
  }

  /** A version is about to be taken: what takes long is begun with what lies in the plugin's folder just now. */
  foresee(source: DiscoveredPlugin, entry: string, since: string): Foreseen {
    const manifest = basename(source.manifestFile);
    const foreseen = this.#checker.foresee(source.id, source.folder, { entry, manifest, ...this.#before(since) });
    // Whoever is refused for another reason does not wait for it.
    foreseen.catch(() => undefined);
    return foreseen;
  }

  async #check(
    { source, folder, before }: PluginVersion,
    entry: string,
    found: Foreseen,
    signal: AbortSignal,
  ): Promise<BegunModuleCheck> {
    const manifest = basename(source.manifestFile);
    const options = { entry, manifest, ...(before ? { before } : {}) };
    return this.#checker.begin(source.id, folder, { ...options, foreseen: await found, signal });
  }

  #before(since: string | undefined): Pick<PluginVersion, "before"> {
    return since !== undefined && this.#copies.has(since) ? { before: this.#copies.pathOf(since) } : {};
  }

  /** Reads its manifest. Most saves leave that as it was, and reading it takes as long as looking at all the modules. */
  async read(version: PluginVersion, signal: AbortSignal): Promise<ReadVersion> {
    const { source, folder } = version;
    const text = manifestText(version);
    const known = this.#manifests.get(source.id);
    if (known?.text === text) return { ...version, plugin: known.plugin.movedTo(folder) };
    const plugin = await readCopy(version, signal);
    this.#manifests.set(source.id, { text, plugin });
    return { ...version, plugin };
  }

  /** Before it is written down that a version served: what is written down can be gone back to. */
  makeDurable(digest: string): Promise<void> {
    return this.#copies.sync(digest);
  }

  /** Forgets all copies but these, and those that were taken just now. */
  async keepOnly(digests: Iterable<string>): Promise<void> {
    for (const digest of this.#recent) {
      if (this.#recent.size <= MOST_RECENT) break;
      this.#recent.delete(digest);
    }
    await this.#copies.sweep([...digests, ...this.#recent]);
  }
}

/** All that the reading of a manifest depends on. */
function manifestText({ source, folder }: PluginVersion): string {
  const files = [relative(source.folder, source.manifestFile), "package.json"];
  return files
    .map((file) => (existsSync(join(folder, file)) ? readFileSync(join(folder, file), "utf8") : ""))
    .join("\0");
}

async function readCopy({ source, folder }: PluginVersion, signal: AbortSignal): Promise<DiscoveredPlugin> {
  const root = { kind: "plugin", path: folder, trust: source.trust } as const;
  const { plugins, broken, failedRoots } = await discover({ roots: [root], signal });
  if (failedRoots[0]) throw failedRoots[0].error;
  if (broken[0]) throw unsound(source, folder, broken[0].problems);
  const [plugin] = plugins;
  if (!plugin) throw new HostError("MANIFEST_INVALID", `Cannot use plugin "${source.name}": it has no plugin.toml`);
  if (plugin.name === source.name) return plugin;
  const message = `Cannot replace plugin "${source.name}": its manifest names it "${plugin.name}" now; rename the folder as well, and restart`;
  throw new HostError("MANIFEST_INVALID", message);
}

/** Half a file is found before it is tried, and with its place. */
function assertLoadable(source: DiscoveredPlugin, problems: readonly ModuleProblem[]): void {
  if (problems.length === 0) return;
  const placed = problems.map((problem) => ({ ...problem, file: join(source.folder, problem.file), path: "" }));
  const lines = placed.map(formatProblem).join("\n");
  throw new HostError("PLUGIN_FAILED", `Cannot load plugin "${source.name}":\n${lines}`, {
    details: { problems: placed },
  });
}

/** With the places as the author knows them, not as the copy has them. */
function unsound(source: DiscoveredPlugin, folder: string, problems: readonly Problem[]): HostError {
  const placed = problems.map((problem) => ({ ...problem, file: problem.file.replace(folder, source.folder) }));
  const lines = placed.map(formatProblem).join("\n");
  return new HostError("MANIFEST_INVALID", `Cannot use plugin "${source.name}":\n${lines}`, {
    details: { problems: placed },
  });
}
