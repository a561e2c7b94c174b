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
  const found: FoundGroups = { parents: {}, reports: [] };
  const attempt = async (name: string, parents: CgroupFiles): Promise<string | undefined> => {
    const why = await trial(groupName(prefix, name, 0), parents, clock);
    if (why === undefined) Object.assign(found.parents, parents);
    return why;
  };
  for (const { folder, controllers } of hierarchies.filter(({ version }) => version === 1)) {
    for (const name of CONTROLLERS.filter((each) => controllers.includes(each))) {
      const why = await attempt(name, { [name]: { version: 1, folder } });
      found.reports.push(report(`cgroup v1 ${name}`, why, `groups can be made below ${folder}`, FIX_V1));
    }
  }
  const unified = hierarchies.find(({ version }) => version === 2);
  if (unified) {
    const { folder } = unified;
    const delegated = await tryDelegate(folder, prefix, undo);
    const held = Object.fromEntries(delegated.controllers.map((name) => [name, { version: 2, folder }] as const));
    const why = await attempt("v2", { ...held, unified: { version: 2, folder } });
    const detail = delegated.why === undefined ? `${delegated.controllers.join(", ")} below ${folder}` : delegated.why;
    // Controllers that serve version 1 cannot be had here.
    const hasV1 = found.reports.length > 0;
    // A group without a controller is still one that can be ended at once.
    found.reports.push(report("cgroup v2", why ?? delegated.why, detail, hasV1 ? undefined : FIX_V2));
  }
  if (found.reports.length === 0) {
    found.reports.push(report("control groups", "none are mounted", "", "Mount cgroup2 on /sys/fs/cgroup"));
  }
  return found;
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

function report(name: string, why: string | undefined, detail: string, fix: string | undefined): MechanismReport {
  if (why === undefined) return { name, works: true, detail };
  return { name, works: false, detail: why, ...(fix === undefined ? {} : { fix }) };
}
