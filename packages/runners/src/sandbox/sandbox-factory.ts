import { HostError } from "@berth/contract";
import type { MechanismReport } from "@berth/kernel/runner";
import { launchFull } from "./full/launch-full.ts";
import { IdleMemory } from "./idle-memory.ts";
import { launchLandlock } from "./landlock/launch-landlock.ts";
import { PRIMITIVES, type Primitive, type SandboxLevel } from "./level.ts";
import { type Machine, findMachine } from "./machine.ts";
import { levelOf } from "./probe/findings.ts";
import { type Probed, probeMachine } from "./probe/probe-machine.ts";
import type { SandboxedProcess } from "./sandboxed-process.ts";
import type { Architecture } from "./seccomp/call-table.ts";
import { type Filter, buildFilter } from "./seccomp/filter.ts";
import { checkSpec } from "./check-spec.ts";
import type { SandboxSpec } from "./spec.ts";
import { type SandboxUser, UidRange } from "./uid-range.ts";

/** How {@link SandboxFactory.probe} looks at the machine. */
export interface SandboxOptions {
  /** Primitives to treat as missing. */
  hide?: readonly Primitive[];
  /** The Node.js binary whose permission flags are tried; the running one unless given. */
  nodeBinary?: string;
}

/** Makes sandboxes of the firmest kind that this machine has, found out by trying, once. */
export class SandboxFactory {
  readonly level: SandboxLevel;
  readonly mechanisms: readonly MechanismReport[];
  /** Whether the host is root, so that each spec needs a user. */
  readonly needsUser: boolean;
  /** The version of Landlock; 0 where it is not used. */
  readonly landlockAbi: number;
  readonly #machine: Machine;
  readonly #users: UidRange;
  readonly #idleMemory = new IdleMemory();
  /** By what they depend on: plugins differ little. */
  readonly #filters = new Map<string, Filter>();

  private constructor(machine: Machine, probed: Probed, users: UidRange) {
    this.#machine = machine;
    this.#users = users;
    this.level = levelOf(probed.findings);
    this.landlockAbi = probed.landlockAbi;
    this.needsUser = machine.isRoot;
    this.mechanisms = PRIMITIVES.map((name) => ({ name, ...probed.findings[name] }));
  }

  /** Tries what the machine has, in about a tenth of a second; a machine that has nothing is a finding too, not an error. */
  static async probe(options: SandboxOptions = {}, signal?: AbortSignal): Promise<SandboxFactory> {
    const { hide = [], nodeBinary = process.execPath } = options;
    const machine = await findMachine();
    const users = new UidRange();
    using user = users.allocate("probe");
    const request = { machine, hidden: new Set(hide), user, nodeBinary };
    const probed = await probeMachine(request, signal ?? new AbortController().signal);
    return new SandboxFactory(machine, probed, users);
  }

  /**
   * A user for the plugin `name` when the host is root, to be disposed when nothing runs as it any more; nothing otherwise. Its
   * folders have to be its own: see {@link giveFolder}.
   *
   * @throws HostError `LIMIT_EXCEEDED` when all users are taken.
   */
  userFor(name: string): (SandboxUser & Disposable) | undefined {
    return this.needsUser ? this.#users.allocate(name) : undefined;
  }

  /**
   * Starts `spec.command` in a sandbox. Resolves as soon as the process exists; a program that cannot be started inside shows by
   * `gone` and what is on its standard error.
   *
   * @throws HostError `TIER_UNAVAILABLE` where `level` is `none` or what the spec asks cannot be held at this level,
   * `CONFIG_INVALID` for a spec that makes no sense.
   */
  async launch(spec: SandboxSpec, signal: AbortSignal): Promise<SandboxedProcess> {
    signal.throwIfAborted();
    const { level } = this;
    const { architecture, bwrap, perl, prlimit, views } = this.#machine;
    if (level === "none" || architecture === undefined) throw this.#unavailable();
    if (level !== "full" && spec.memoryFolders !== undefined) {
      throw new HostError("TIER_UNAVAILABLE", "Cannot start a sandbox: folders in memory need a view of its own");
    }
    if (level !== "full" && spec.covered !== undefined) {
      throw new HostError("TIER_UNAVAILABLE", "Cannot start a sandbox: to leave out folders takes a view of its own");
    }
    await checkSpec(spec, this.needsUser);
    signal.throwIfAborted();
    const system = views[spec.system];
    const filter = this.#filter(spec, architecture);
    return level === "full"
      ? launchFull(spec, { bwrap: bwrap!, perl, prlimit, architecture, system, filter: filter.program })
      : launchLandlock(spec, { perl: perl!, architecture, abi: this.landlockAbi, system, filter });
  }

  /**
   * Private writable memory of an idle Node.js `binary`, MiB, for `SandboxSpec.dataBaseMb`; measured once. Other programs have
   * next to none.
   */
  dataBaseMb(binary: string, signal: AbortSignal): Promise<number> {
    return this.#idleMemory.of(binary, signal);
  }

  #filter(spec: SandboxSpec, architecture: Architecture): Filter {
    const options = {
      architecture,
      mayStartPrograms: spec.limits.processes > 0,
      socketFamilies: spec.socketFamilies ?? [],
      deniedCalls: spec.deniedSystemCalls ?? [],
      ...(this.level === "full" ? {} : { landlockAbi: this.landlockAbi }),
    };
    const key = JSON.stringify(options);
    const filter = this.#filters.get(key) ?? buildFilter(options);
    this.#filters.set(key, filter);
    return filter;
  }

  #unavailable(): HostError {
    const lacking = this.mechanisms.filter(({ works, name }) => !works && name !== "node-permission");
    const why = lacking.map(({ name, detail }) => `${name}: ${detail}`).join("; ");
    return new HostError("TIER_UNAVAILABLE", `Cannot start a sandbox: this machine cannot hold one (${why})`, {
      details: { lacking: lacking.map(({ name }) => name) },
    });
  }
}
