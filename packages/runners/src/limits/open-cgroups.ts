import { type Clock, systemClock } from "@berth/base";
import type { MechanismReport } from "@berth/kernel/runner";
import { findHierarchies } from "./cgroup-hierarchies.ts";
import { groupName, groupPrefix, sweepGroups } from "./cgroup-names.ts";
import type { Cgroup, CgroupFiles, CgroupLimits, Cgroups } from "./cgroups.ts";
import { CONTROLLERS, findGroups, inside } from "./find-groups.ts";
import { heldBy, HostCgroup } from "./host-cgroup.ts";

/** Options of {@link openCgroups} and {@link probeCgroups}. */
export interface CgroupOptions {
  /** Versions to leave alone, to see how a machine without them fares. */
  hidden?: readonly (1 | 2)[];
  clock?: Clock;
  /** Where /proc is mounted. */
  proc?: string;
}

/** What was found out about control groups by trying. */
export interface CgroupProbe {
  /** Undefined when no controller can be written. */
  cgroups: Cgroups | undefined;
  reports: readonly MechanismReport[];
}

/** Control groups below the one of this process; undefined where none can be made. What a killed host left there is removed. */
export async function openCgroups(options: CgroupOptions = {}): Promise<Cgroups | undefined> {
  const { cgroups } = await probeCgroups(options);
  return cgroups;
}

/** The same, and what was seen. The caller disposes of what it got. */
export async function probeCgroups(options: CgroupOptions = {}): Promise<CgroupProbe> {
  const { hidden = [], clock = systemClock, proc = "/proc" } = options;
  const all = findHierarchies(proc).filter(({ version }) => !hidden.includes(version));
  for (const { folder, version } of all) sweepGroups(folder, version);
  await using undo = new AsyncDisposableStack();
  const prefix = groupPrefix();
  const { parents, reports } = await findGroups(all, prefix, clock, undo);
  const isUseful = CONTROLLERS.some((name) => parents[name]);
  return { cgroups: isUseful ? new HostCgroups(prefix, parents, undo.move(), clock) : undefined, reports };
}

class HostCgroups implements Cgroups {
  readonly mechanism: string;
  readonly holds: ReadonlySet<keyof CgroupLimits>;
  readonly #prefix: string;
  readonly #parents: CgroupFiles;
  readonly #delegation: AsyncDisposable;
  readonly #clock: Clock;
  readonly #groups = new Set<HostCgroup>();
  #count = 0;

  constructor(prefix: string, parents: CgroupFiles, delegation: AsyncDisposable, clock: Clock) {
    this.#prefix = prefix;
    this.#parents = parents;
    this.#delegation = delegation;
    this.#clock = clock;
    this.holds = heldBy(parents);
    const versions = new Set<number>(CONTROLLERS.flatMap((name) => parents[name]?.version ?? []));
    this.mechanism = `cgroup ${[1, 2].flatMap((version) => (versions.has(version) ? `v${version}` : [])).join("+")}`;
  }

  async create(name: string, limits: CgroupLimits): Promise<Cgroup> {
    const own = groupName(this.#prefix, name, ++this.#count);
    const group = await HostCgroup.create(own, inside(this.#parents, own), limits, this.#clock);
    for (const old of this.#groups) if (old.isRemoved) this.#groups.delete(old);
    this.#groups.add(group);
    return group;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await using stack = new AsyncDisposableStack();
    stack.use(this.#delegation);
    for (const group of this.#groups) stack.use(group);
  }
}
