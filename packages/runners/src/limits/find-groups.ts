import { type Clock, errorMessage } from "@berth/base";
import type { MechanismReport } from "@berth/kernel/runner";
import { join } from "node:path";
import { delegate } from "./cgroup-delegation.ts";
import type { Hierarchy } from "./cgroup-hierarchies.ts";
import { groupName } from "./cgroup-names.ts";
import type { CgroupFiles } from "./cgroups.ts";
import { tryGroup } from "./try-group.ts";

export const CONTROLLERS = ["memory", "cpu", "pids"] as const;
type Controller = (typeof CONTROLLERS)[number];

const FIX_V1 =
  "Run the host as root, or let an administrator make a group for it: " +
  "a folder in each hierarchy, owned by the host's user, with the host's pid in its cgroup.procs";
const FIX_V2 =
  "Start the host in a group of its own that is delegated to it: systemd-run --user --scope -p Delegate=yes <command>, " +
  "or Delegate=yes in its unit";

/** Under which of our folders groups can be made, and what was seen. */
export interface FoundGroups {
  parents: CgroupFiles;
  reports: MechanismReport[];
}

/** Tries each controller of each hierarchy, by doing. What it changes on the way is undone by `undo`. */
export async function findGroups(
  hierarchies: readonly Hierarchy[],
  prefix: string,
  clock: Clock,
  undo: AsyncDisposableStack,
): Promise<FoundGroups> {
  const unified = hierarchies.find(({ version }) => version === 2);
  const candidates = hierarchies.flatMap(versionOne);
  if (unified) candidates.push(await versionTwo(unified.folder, prefix, candidates.length > 0, undo));
  if (candidates.length === 0) {
    return { parents: {}, reports: [report(NO_GROUPS)] };
  }
  const together = Object.assign({}, ...candidates.map(({ parents }) => parents)) as CgroupFiles;
  const isAllWell = (await trial(groupName(prefix, "all", 0), together, clock)) === undefined;
  const found: FoundGroups = { parents: {}, reports: [] };
  for (const candidate of candidates) {
    // One by one only where something is wrong: a trial takes ten milliseconds of the host's start.
    const why = isAllWell ? undefined : await trial(groupName(prefix, "one", 0), candidate.parents, clock);
    if (why === undefined) Object.assign(found.parents, candidate.parents);
    found.reports.push(report({ ...candidate, lacks: why ?? candidate.lacks }));
  }
  return found;
}

/** A controller, or several, that can be had only together. */
interface Candidate {
  name: string;
  parents: CgroupFiles;
  detail: string;
  /** Why it is of little use, though groups can be made. */
  lacks: string | undefined;
  fix: string | undefined;
}

const NO_GROUPS: Candidate = {
  name: "control groups",
  parents: {},
  detail: "",
  lacks: "none are mounted",
  fix: "Mount cgroup2 on /sys/fs/cgroup",
};

function versionOne({ version, controllers, folder }: Hierarchy): Candidate[] {
  if (version !== 1) return [];
  return CONTROLLERS.filter((name) => controllers.includes(name)).map((name) => ({
    name: `cgroup v1 ${name}`,
    parents: { [name]: { version, folder } },
    detail: `groups can be made below ${folder}`,
    lacks: undefined,
    fix: FIX_V1,
  }));
}

async function versionTwo(
  folder: string,
  prefix: string,
  hasVersionOne: boolean,
  undo: AsyncDisposableStack,
): Promise<Candidate> {
  const { controllers, why } = await tryDelegate(folder, prefix, undo);
  return {
    name: "cgroup v2",
    // Without a controller too: a group of version 2 can be ended at once.
    parents: {
      ...Object.fromEntries(controllers.map((name) => [name, { version: 2, folder } as const])),
      unified: { version: 2, folder },
    },
    detail: `${controllers.join(", ")} below ${folder}`,
    lacks: why,
    // Controllers that serve version 1 cannot be had for version 2.
    fix: hasVersionOne ? undefined : FIX_V2,
  };
}

async function tryDelegate(
  folder: string,
  prefix: string,
  undo: AsyncDisposableStack,
): Promise<{ controllers: readonly string[]; why?: string }> {
  try {
    const { controllers } = undo.use(await delegate(folder, CONTROLLERS, groupName(prefix, "host", 0)));
    return { controllers };
  } catch (error) {
    return { controllers: [], why: errorMessage(error) };
  }
}

async function trial(name: string, parents: CgroupFiles, clock: Clock): Promise<string | undefined> {
  try {
    await tryGroup(name, inside(parents, name), clock);
    return undefined;
  } catch (error) {
    return errorMessage(error);
  }
}

/** The folders of a group of that name. */
export function inside(parents: CgroupFiles, name: string): CgroupFiles {
  return Object.fromEntries(
    (Object.entries(parents) as [Controller, NonNullable<CgroupFiles[Controller]>][]).map(
      ([key, { version, folder }]) => [key, { version, folder: join(folder, name) }],
    ),
  );
}

function report({ name, detail, lacks, fix }: Candidate): MechanismReport {
  if (lacks === undefined) return { name, works: true, detail };
  return { name, works: false, detail: lacks, ...(fix === undefined ? {} : { fix }) };
}
