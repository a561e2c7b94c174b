export type { Cgroup, CgroupCounters, CgroupFiles, CgroupLimits, Cgroups, ControllerFolder } from "./cgroups.ts";
export type { GovernedProcess, GovernedTarget, KilledReason, ProcessUsage } from "./governed.ts";
export { Governor } from "./governor.ts";
export { type MemoryPlan, memoryPlan, type RuntimeBaseline } from "./memory-plan.ts";
export { type CgroupOptions, type CgroupProbe, openCgroups, probeCgroups } from "./open-cgroups.ts";
export { DEFAULT_LIMITS, type ResolvedLimits, resolveLimits } from "./resolve-limits.ts";
export { probeGovernor } from "./probe-governor.ts";
