// What a plugin is made ready with, in one piece: each import of its own takes its time at every reload.
export { bindGrant, resolveGrant } from "@berth/kernel/permissions";
export { LimitEpisodes } from "@berth/kernel/limit-episodes";
export { createCapabilities, createPluginBudget, environmentSecrets } from "./capabilities/index.ts";
export { generationLimits } from "./plugins/generation-limits.ts";
export { grantedFolders } from "./plugins/granted-folders.ts";
export { withStandardLimits } from "./plugins/standard-limits.ts";
