import { realpathSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { callsBeyond } from "@berth/kernel/permissions";
import { memoryPlan, type ResolvedLimits } from "../limits/index.ts";
import {
  type SandboxLevel,
  type SandboxLimits,
  type SandboxMount,
  type SandboxSpec,
  seenAt,
} from "../sandbox/index.ts";
import { CHANNEL_DESCRIPTOR, INSIDE } from "./places.ts";

/** What every sandboxed program is given. */
export interface ProgramPlan {
  level: SandboxLevel;
  limits: ResolvedLimits;
  /** Granted folders, at their own paths. */
  folders: readonly SandboxMount[];
  /** Folders below those that it must not see. */
  covered: readonly string[];
  /** The plugin's data folder, if it is to see it. */
  dataFolder: string | undefined;
  /** The calls that its manifest names, if it names any: of other kinds none are allowed. */
  systemCalls: readonly string[] | undefined;
}

/** A plugin for Node.js. */
export interface NodePlan extends ProgramPlan {
  /** The Node.js binary. */
  node: string;
  /** See `SandboxSpec.dataBaseMb`. */
  dataBaseMb: number;
  /** The file of the guest, and the one that says what kind of module it is, which counts where there is no view of its own. */
  guest: string;
  guestPackage: string | undefined;
  /** Folder of the code; without one the guest gets it through the channel, into a folder in memory. */
  codeFolder: string | undefined;
  /** What the guest is told before it knows its plugin. */
  guestArguments: readonly string[];
  /** A folder for temporary files, where no sandbox makes one. */
  temporary: string | undefined;
  /** Whether Node.js can hold the plugin to what it sees, as a second wall inside the first. */
  hasPermission: boolean;
}

/** A plugin that is a program of its own. */
export interface ExternalPlan extends ProgramPlan {
  codeFolder: string;
  /** Below the code's folder. */
  entry: string;
  environment: Readonly<Record<string, string>>;
}

/** A sandbox but for whom it runs as. */
export type UserlessSpec = Omit<SandboxSpec, "user">;

/** Room for code that is sent: twice what is sent at most, for a file system counts whole pages. */
const CODE_ROOM_MB = 8;
/** Threads of a runtime and of a library or two, beside those of the programs that it may start. */
const OWN_TASKS = 64;
const TASKS_A_PROGRAM = 32;
/** What an interpreter holds before it does anything, MiB. */
const EXTERNAL_BASE_MB = 16;
/** What starts the program itself, after the filter is in force. */
const NEEDED_TO_START: ReadonlySet<string> = new Set(["execve"]);

/** Runs the guest in Node.js. */
export function nodeSpec(plan: NodePlan): UserlessSpec {
  const { level, limits, codeFolder } = plan;
  const node: SandboxMount = { from: plan.node, to: INSIDE.node, isWritable: false };
  const guest: SandboxMount = { from: plan.guest, to: INSIDE.guest, isWritable: false };
  const described = level === "full" || plan.guestPackage === undefined ? [] : [plan.guestPackage];
  const own = [guest, ...described.map((from) => ({ from, to: from, isWritable: false }))];
  const code = codeFolder === undefined ? undefined : codeMount(codeFolder);
  const open = [...(code ? [code] : []), ...dataMount(plan), ...plan.folders];
  return {
    ...common(plan),
    dataBaseMb: plan.dataBaseMb,
    command: [
      seenAt(level, node),
      ...nodeFlags(limits),
      ...(plan.hasPermission ? permissionFlags(plan, own, open) : []),
      seenAt(level, guest),
      ...plan.guestArguments,
    ],
    env: {
      ...commonEnvironment(plan),
      ...(plan.temporary === undefined ? {} : { HOME: plan.temporary, TMPDIR: plan.temporary }),
      OPENSSL_CONF: "/dev/null",
    },
    system: limits.processes > 0 ? "programs" : "libraries",
    mounts: [node, ...own, ...open],
    workingFolder: code ? seenAt(level, code) : INSIDE.plugin,
    ...(code ? {} : { memoryFolders: [{ at: INSIDE.plugin, sizeMb: CODE_ROOM_MB }] }),
  };
}

/** Runs a program of the plugin, which finds the protocol on descriptor 3. */
export function externalSpec(plan: ExternalPlan): UserlessSpec {
  const code = codeMount(plan.codeFolder);
  const folder = seenAt(plan.level, code);
  return {
    ...common(plan),
    dataBaseMb: EXTERNAL_BASE_MB,
    command: [join(folder, plan.entry)],
    env: {
      PATH: "/usr/local/bin:/usr/bin:/bin",
      LANG: "C.UTF-8",
      ...plan.environment,
      ...commonEnvironment(plan),
      BERTH_FD: String(CHANNEL_DESCRIPTOR),
    },
    system: "programs",
    mounts: [code, ...dataMount(plan), ...plan.folders],
    workingFolder: folder,
  };
}

function nodeFlags(limits: ResolvedLimits): string[] {
  const memory = memoryPlan(limits.memory_mb, { dataMb: 0, residentMb: 0 });
  return [
    "--disable-sigusr1",
    "--disable-warning=ExperimentalWarning",
    `--max-old-space-size=${memory.heapFlagMb}`,
    `--max-semi-space-size=${memory.semiSpaceFlagMb}`,
  ];
}

/** What Node.js itself lets the plugin do and open: exactly what it can see. */
function permissionFlags(
  { level, limits, codeFolder, temporary }: NodePlan,
  own: readonly SandboxMount[],
  mounts: readonly SandboxMount[],
): string[] {
  const places = mounts.map((mount) => ({ path: below(seenAt(level, mount)), isWritable: mount.isWritable }));
  if (codeFolder === undefined) places.push({ path: below(INSIDE.plugin), isWritable: true });
  places.push({ path: temporaryPlace(level, temporary), isWritable: true });
  return [
    "--permission",
    ...own.map((file) => `--allow-fs-read=${seenAt(level, file)}`),
    ...places.map(({ path }) => `--allow-fs-read=${path}`),
    ...places.filter(({ isWritable }) => isWritable).map(({ path }) => `--allow-fs-write=${path}`),
    // It warns of itself in the plugin's log.
    ...(limits.processes > 0 ? ["--allow-child-process", "--disable-warning=PERM0002"] : []),
  ];
}

function temporaryPlace(level: SandboxLevel, own: string | undefined): string {
  if (level === "full") return below(INSIDE.temporary);
  // The sandbox makes the folder when it starts, by that name; it lets nobody into those of others.
  return own === undefined ? join(realpathSync(tmpdir()), "berth-*") : below(own);
}

function below(folder: string): string {
  return `${folder}/*`;
}

function common(plan: ProgramPlan): Pick<SandboxSpec, "limits" | "deniedSystemCalls" | "covered"> {
  const { systemCalls, covered } = plan;
  const limits = { limits: sandboxLimits(plan.limits), ...(covered.length > 0 ? { covered } : {}) };
  if (systemCalls === undefined) return limits;
  const denied = callsBeyond(systemCalls).calls.filter((call) => !NEEDED_TO_START.has(call));
  return { ...limits, deniedSystemCalls: denied };
}

/** The largest file it may write, MiB: unless said, one that fills its folder. */
export function fileSizeMb(limits: Pick<ResolvedLimits, "file_size_mb" | "disk_mb">): number {
  return limits.file_size_mb ?? Math.max(limits.disk_mb, 1);
}

function sandboxLimits(limits: ResolvedLimits): SandboxLimits {
  return {
    memoryMb: limits.memory_mb,
    fileHandles: limits.file_handles,
    fileSizeMb: fileSizeMb(limits),
    processes: limits.processes,
    tasks: OWN_TASKS + TASKS_A_PROGRAM * limits.processes,
    // Memory that no other limit counts.
    temporaryMb: Math.max(4, Math.floor(limits.memory_mb / 16)),
  };
}

function commonEnvironment(plan: ProgramPlan): Record<string, string> {
  const [data] = dataMount(plan);
  return {
    // Without a view of its own the sandbox makes a folder for it, and says where.
    ...(plan.level === "full" ? { HOME: INSIDE.temporary, TMPDIR: INSIDE.temporary } : {}),
    TZ: Intl.DateTimeFormat().resolvedOptions().timeZone,
    ...(data ? { BERTH_DATA: seenAt(plan.level, data) } : {}),
  };
}

function codeMount(folder: string): SandboxMount {
  return { from: folder, to: INSIDE.plugin, isWritable: false };
}

function dataMount({ dataFolder }: Pick<ProgramPlan, "dataFolder">): SandboxMount[] {
  return dataFolder === undefined ? [] : [{ from: dataFolder, to: INSIDE.data, isWritable: true }];
}
