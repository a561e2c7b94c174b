export type { HostUsage, PluginUsage, UsageSnapshot } from "./plugin-usage.ts";
export type { UsageHistoryRow } from "./plugin-track.ts";
export { UsageSampler, type UsageSamplerOptions } from "./usage-sampler.ts";
