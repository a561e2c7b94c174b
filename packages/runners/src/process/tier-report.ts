import type { IsolationLevel, MechanismReport, TierReport } from "@berth/kernel/runner";
import { HELD_BY_HOST } from "../inline/held-by-host.ts";
import type { CgroupLimits } from "../limits/index.ts";
import { HELD_BY_PULSE } from "../remote/held-by-pulse.ts";
import type { SandboxLevel } from "../sandbox/index.ts";

/** What was found out about the machine. */
export interface MachineFindings {
  level: SandboxLevel;
  mechanisms: readonly MechanismReport[];
  /** Control groups, where they can be made. */
  cgroups: { mechanism: string; holds: ReadonlySet<keyof CgroupLimits> } | undefined;
  /** Whether processes can be watched from outside, stopped and continued. */
  hasGovernor: boolean;
}

/** Landlock has no namespace that counts: its filter lets a program start any others or none. */
const PROCESSES = {
  full: "system call filter, RLIMIT_NPROC of its own namespace",
  landlock: "system call filter, for none at all",
} as const;

const VIEWS: Readonly<Record<SandboxLevel, string | undefined>> = {
  full: "mount namespace",
  landlock: "Landlock",
  none: undefined,
};

/** Says of the tier `process` what it offers here, and what holds each limit and permission. */
export function tierReport(findings: MachineFindings): TierReport {
  return {
    tier: "process",
    level: isolationLevel(findings),
    mechanisms: findings.mechanisms,
    enforces: { ...HELD_BY_HOST, ...HELD_BY_PULSE, ...sandboxEnforces(findings), ...limitsEnforced(findings) },
  };
}

/** Without a sandbox of the system, the rules of Node.js are all there is, if they work. */
export function isolationLevel({ level, mechanisms }: Pick<MachineFindings, "level" | "mechanisms">): IsolationLevel {
  if (level !== "none") return "kernel";
  return worksIn(mechanisms, "node-permission") ? "runtime" : "none";
}

export function worksIn(mechanisms: readonly MechanismReport[], name: string): boolean {
  return mechanisms.some((mechanism) => mechanism.name === name && mechanism.works);
}

function sandboxEnforces({ level, mechanisms }: MachineFindings): Record<string, string> {
  const view = VIEWS[level];
  const wall = view ?? (worksIn(mechanisms, "node-permission") ? "rules of Node.js" : undefined);
  if (wall === undefined) return {};
  const viaHost = "through the host alone";
  return {
    "permissions.filesystem": wall,
    "permissions.network": `${viaHost}; ${view === undefined ? wall : "system call filter"}`,
    "permissions.exec": viaHost,
    "permissions.env": "empty environment",
    "permissions.secrets": viaHost,
    "permissions.services": viaHost,
    "permissions.events": viaHost,
    ...(view === undefined ? {} : { "permissions.system_calls": "system call filter" }),
  };
}

function limitsEnforced({ level, mechanisms, cgroups, hasGovernor }: MachineFindings): Record<string, string> {
  const hasRlimits = level !== "none" && worksIn(mechanisms, "rlimits");
  const byGroup = (limit: keyof CgroupLimits): string | undefined =>
    cgroups?.holds.has(limit) === true ? cgroups.mechanism : undefined;
  const governor = hasGovernor ? "governor" : undefined;
  const by: Record<string, (string | undefined)[]> = {
    "limits.memory_mb": [byGroup("memoryMb"), hasRlimits ? "RLIMIT_DATA" : undefined, governor],
    "limits.cpu_percent": [byGroup("cpuPercent") ?? governor],
    "limits.disk_io_mb_per_sec": [governor],
    "limits.disk_mb": [governor],
    "limits.file_handles": [hasRlimits ? "RLIMIT_NOFILE" : undefined],
    "limits.file_size_mb": [hasRlimits ? "RLIMIT_FSIZE" : undefined],
    // Not by the governor alone: a program whose parent ends at once is in nobody's tree any more.
    "limits.processes": [level === "none" ? undefined : PROCESSES[level], byGroup("processes")],
    "limits.network_connections": ["counted by the host's network broker"],
    "limits.network_mb_per_sec": ["held back by the host's network broker"],
  };
  return Object.fromEntries(
    Object.entries(by)
      .map(([limit, means]) => [limit, means.filter((one) => one !== undefined).join(", ")] as const)
      .filter(([, means]) => means !== ""),
  );
}
