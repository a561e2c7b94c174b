import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Clock } from "@berth/base";
import type { OpenRequest } from "@berth/kernel/runner";
import type { CodePlace } from "../guest/load-module.ts";
import type { SentCode } from "../guest/place-code.ts";
import { resolveLimits } from "../limits/index.ts";
import { type SandboxLevel, type SandboxMount, seenAt } from "../sandbox/index.ts";
import { assertExecutable, type CodeAccess, codeAccess, notOpenToAll } from "./code-access.ts";
import { coveredFolders, grantedMounts } from "./granted-mounts.ts";
import type { HostMachine } from "./host-machine.ts";
import { canLower, isSame, lowerLimits } from "./lower-limits.ts";
import { INSIDE } from "./places.ts";
import type { PluginProcess } from "./plugin-process.ts";
import { type PluginFile, readPluginFiles } from "./read-plugin-files.ts";
import { externalSpec, nodeSpec, type ProgramPlan, type UserlessSpec } from "./sandbox-specs.ts";
import { type SpareProcess, startSpare } from "./spare-process.ts";
import { startProcess, type StartOptions } from "./start-process.ts";
import { givenModules } from "../modules/given-modules.ts";
import { TypeStripper } from "../modules/type-stripper.ts";
import { WarmPool } from "./warm-pool.ts";

/** A process for one plugin, and what its guest is told of where the code is. */
export interface ReadyProcess {
  process: PluginProcess;
  code: object;
}

/** What {@link ProcessLauncher} needs. */
export interface LauncherOptions {
  machine: HostMachine;
  clock: Clock;
  /** How many processes are kept ready. */
  warm: number;
  onTrouble: (error: unknown) => void;
}

/** What is known of a plugin before anything is started for it. */
interface LaunchPlan extends ProgramPlan {
  request: OpenRequest;
  access: CodeAccess;
  /** Whether any sandbox will do: it sees no folders, starts no programs, and says nothing of system calls. */
  isPlain: boolean;
}

/** What is there before the plugin is, and not charged to it. */
type Blank = Pick<SpareProcess, "ownProcesses" | "blankMb">;

/** What a blank Node.js uses of its own until one was measured, MiB: the launcher, its first process, and the runtime. */
const BLANK_NODE_MB = 12;
/** What a launcher and its first process use of their own, MiB. */
const LAUNCHER_MB = 2;
/** Until it is ready a plugin may use a whole core: at a tenth of one, Node.js alone takes half a second to start. */
const START_CPU_PERCENT = 100;
/** Processes that are not the plugin's doing: launcher, first process, and the program. */
const OWN_PROCESSES: Readonly<Record<SandboxLevel, number>> = { full: 3, landlock: 2, none: 1 };

/** Starts processes for plugins, from the pool where that can be. */
export class ProcessLauncher implements AsyncDisposable {
  readonly machine: HostMachine;
  readonly #clock: Clock;
  readonly #pool: WarmPool<SpareProcess>;
  /** Folders that running plugins can write. */
  readonly #writable = new Map<PluginProcess, { plugin: string; folders: readonly string[] }>();
  readonly #stripper: TypeStripper;
  #spares = 0;
  #blankMb = BLANK_NODE_MB;

  constructor({ machine, clock, warm, onTrouble }: LauncherOptions) {
    this.machine = machine;
    this.#clock = clock;
    this.#stripper = new TypeStripper(clock);
    // Code is sent into a folder in memory, which takes a view of its own.
    const size = machine.level === "full" ? warm : 0;
    this.#pool = new WarmPool({ size, make: (signal) => this.#makeSpare(signal), onFailed: onTrouble });
  }

  /** Makes up for the processes that were taken. */
  refill(): Promise<void> {
    return this.#pool.refill();
  }

  /** A process for the plugin, held to its limits; it waits for the handshake. */
  async start(request: OpenRequest, signal: AbortSignal): Promise<ReadyProcess> {
    const plan = await this.#plan(request);
    const { entry, type } = request.manifest.runtime;
    if (type === "external") return this.#startExternal(plan, signal);
    // While the process starts.
    const modules = givenModules(
      { folder: plan.access.folder, entry, seenAt: seenAt(plan.level, codeMount(plan)) },
      this.#stripper,
      request.modules,
    );
    const ready = (await this.#takeSpare(plan, signal)) ?? (await this.#startNode(plan, signal));
    return { ...ready, code: { ...ready.code, modules: await modules } };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#pool[Symbol.asyncDispose]();
    await this.#stripper[Symbol.asyncDispose]();
    await this.machine[Symbol.asyncDispose]();
  }

  async #plan(request: OpenRequest): Promise<LaunchPlan> {
    const { identity, folder, manifest, folders, dataFolder } = request;
    const { entry, type } = manifest.runtime;
    const plugin = identity.name;
    const limits = resolveLimits(request.limits);
    const systemCalls = manifest.permissions.system_calls;
    const mounts = await grantedMounts({ plugin, folders, writableByOthers: this.#writableByOthers(plugin) });
    const seesFolders = type === "external" || folders.read.length + folders.write.length > 0;
    return {
      request,
      access: await codeAccess(folder, entry),
      level: this.machine.level,
      limits,
      folders: mounts,
      covered: coveredFolders(plugin, folders.hidden ?? [], mounts, this.machine.level === "full"),
      dataFolder: seesFolders ? dataFolder : undefined,
      systemCalls,
      isPlain: !seesFolders && systemCalls === undefined && limits.processes === 0,
    };
  }

  #writableByOthers(plugin: string): string[] {
    return [...this.#writable.values()].filter((other) => other.plugin !== plugin).flatMap((other) => other.folders);
  }

  async #startExternal(plan: LaunchPlan, signal: AbortSignal): Promise<ReadyProcess> {
    const { request, access } = plan;
    const { identity, manifest, environment } = request;
    const { entry } = manifest.runtime;
    await assertExecutable(identity.name, access.folder, entry);
    this.#assertReadable(plan);
    const spec = (): UserlessSpec => externalSpec({ ...plan, codeFolder: access.folder, entry, environment });
    return { process: await this.#launch(plan, spec, LAUNCHER_MB, signal), code: {} };
  }

  async #startNode(plan: LaunchPlan, signal: AbortSignal): Promise<ReadyProcess> {
    const { access } = plan;
    const files = this.#mustSend(plan) ? await readPluginFiles(access.folder) : undefined;
    if (!files) this.#assertReadable(plan);
    const spec = (temporary: string | undefined): UserlessSpec =>
      nodeSpec({
        ...plan,
        ...this.machine.guestParts,
        codeFolder: files ? undefined : access.folder,
        guestArguments: files ? ["sent"] : [],
        temporary,
      });
    const process = await this.#launch(plan, spec, this.#blankMb, signal);
    return files ? sentReady(process, plan, files) : { process, code: mountedCode(plan) };
  }

  async #launch(
    plan: LaunchPlan,
    spec: StartOptions["spec"],
    blankMb: number,
    signal: AbortSignal,
  ): Promise<PluginProcess> {
    const { limits, dataFolder } = plan;
    const { identity, manifest } = plan.request;
    const process = await startProcess(
      {
        machine: this.machine,
        clock: this.#clock,
        name: identity.name,
        limits,
        blankMb,
        dataFolder,
        spec,
        isExternal: manifest.runtime.type === "external",
      },
      signal,
    );
    await this.#occupy(process, plan, { ownProcesses: OWN_PROCESSES[plan.level], blankMb });
    return process;
  }

  async #takeSpare(plan: LaunchPlan, signal: AbortSignal): Promise<ReadyProcess | undefined> {
    if (!plan.isPlain) return undefined;
    const { prlimit } = this.machine.parts;
    const fits = ({ limits }: SpareProcess): boolean =>
      prlimit === undefined ? isSame(limits, plan.limits) : canLower(limits, plan.limits);
    if (!this.#pool.has(fits)) return undefined;
    const files = await readPluginFiles(plan.access.folder);
    const spare = files && this.#pool.take(fits);
    if (!spare) return undefined;
    const { process } = spare;
    await this.#occupy(process, plan, spare);
    if (!isSame(spare.limits, plan.limits)) {
      try {
        using user = this.machine.parts.factory.userFor(spare.name);
        const { nodeBaseMb: dataBaseMb } = this.machine.parts;
        await lowerLimits({ prlimit: prlimit!, pid: spare.innermost, user, wants: plan.limits, dataBaseMb }, signal);
      } catch (error) {
        await process[Symbol.asyncDispose]();
        throw error;
      }
    }
    return sentReady(process, plan, files);
  }

  async #occupy(process: PluginProcess, plan: LaunchPlan, { ownProcesses, blankMb }: Blank): Promise<void> {
    const { request, limits, dataFolder, folders } = plan;
    const data = dataFolder === undefined ? [] : [dataFolder];
    const written = folders.filter(({ isWritable }) => isWritable).map(({ from }) => from);
    this.#writable.set(process, { plugin: request.identity.name, folders: [...written, ...data] });
    void process.gone.then(() => this.#writable.delete(process));
    try {
      process.occupy({
        request,
        limits,
        ...(dataFolder === undefined ? {} : { dataFolder }),
        ownProcesses,
        startCpuPercent: Math.max(START_CPU_PERCENT, limits.cpu_percent),
        baseline: { dataMb: this.machine.parts.nodeBaseMb, residentMb: blankMb },
      });
    } catch (error) {
      await process[Symbol.asyncDispose]();
      throw error;
    }
  }

  async #makeSpare(signal: AbortSignal): Promise<SpareProcess> {
    const { machine } = this;
    const options = { machine, clock: this.#clock, number: ++this.#spares, blankMb: this.#blankMb };
    const spare = await startSpare(options, signal);
    this.#blankMb = spare.blankMb;
    return spare;
  }

  /** Whether the plugin's user could not read its files where they lie, and they can be sent instead. */
  #mustSend(plan: LaunchPlan): boolean {
    return !this.#canRead(plan) && plan.isPlain && plan.level === "full";
  }

  #assertReadable(plan: LaunchPlan): void {
    if (!this.#canRead(plan)) throw notOpenToAll(plan.request.identity.name);
  }

  /** A view of its own shows what lies behind folders that others may not pass. */
  #canRead({ access, level }: LaunchPlan): boolean {
    if (!this.machine.parts.factory.needsUser) return true;
    return access.isReadable && (level === "full" || access.isReachable);
  }
}

function codeMount({ access }: Pick<LaunchPlan, "access">): SandboxMount {
  return { from: access.folder, to: INSIDE.plugin, isWritable: false };
}

function mountedCode({ request, access, level }: LaunchPlan): CodePlace & { folder?: string } {
  const { entry } = request.manifest.runtime;
  const folder = seenAt(level, codeMount({ access }));
  const code = { entry: pathToFileURL(join(folder, entry)).href, shownAs: entry };
  // Above the folder of a view of its own there is nothing to look for.
  return level === "full" || access.isPackage ? code : { ...code, folder: pathToFileURL(`${folder}/`).href };
}

function sentReady(process: PluginProcess, { request }: LaunchPlan, files: PluginFile[]): ReadyProcess {
  const { entry } = request.manifest.runtime;
  process.acceptLargeFrames();
  const code: CodePlace & { sent: SentCode } = {
    entry: pathToFileURL(join(INSIDE.plugin, entry)).href,
    shownAs: entry,
    sent: { at: INSIDE.plugin, files },
  };
  return { process, code };
}
