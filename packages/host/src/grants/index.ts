export { type Ask, asksNothing, askOf, canonical, mapPermissions, PERMISSIONS } from "./ask.ts";
export { CallerPermissions } from "./caller-permissions.ts";
export type { GrantDecision, GrantedPlugin } from "./decision.ts";
export { type DifferenceLine, differenceLines } from "./difference-lines.ts";
export {
  type AskDifference,
  type AskedEntry,
  type ChangedEntry,
  type ChangedLimit,
  covers,
  differenceOf,
  isSameAsk,
  overlaps,
} from "./difference.ts";
export { grantedLimits } from "./granted-limits.ts";
export { GrantDesk, type GrantDeskOptions, type GrantOrder } from "./grant-desk.ts";
export { Grants, type GrantsOptions } from "./grants.ts";
export { learn, type Lesson } from "./learn.ts";
export { lessonToml } from "./lesson-toml.ts";
export { LIMIT_NAMES, limitText, LIMITS, type LimitName, limitValue } from "./limit-words.ts";
export { type LookedAtStorage, lookAtStorage } from "./look-at-storage.ts";
export { openGrantDesk, type OpenGrantDesk } from "./open-grant-desk.ts";
export { operatorName } from "./operator-name.ts";
export { type Risk } from "./risk.ts";
export type { StoredGrant } from "./stored-grant.ts";
export { summarise, type SummaryItem } from "./summary.ts";
export { type GrantState, type PluginSurvey, type SurveyedPlugin, surveyPlugins } from "./survey.ts";
export { pluginDigest, type PluginPlace } from "./plugin-digest.ts";
export { UsageKeeper, type UsageKeeperOptions } from "./usage-keeper.ts";
export { type EntryUse, type PermissionUses, type Refusal, usesOf } from "./uses.ts";
