export { type AskOptions, ControlClient } from "./client/control-client.ts";
export { findHost, type FindHostOptions, findHostOrFail, type FoundHost } from "./client/find-host.ts";
export { HostHttp } from "./http/host-http.ts";
export type { HttpRoute, RouteAnswer, RouteRequest } from "./http/http-route.ts";
export { claimDataFolder, type DataFolderClaim } from "./place/claim-data-folder.ts";
export type { ControlledHost } from "./server/controlled-host.ts";
export { type ControlOptions, openControl, type OpenControl } from "./server/open-control.ts";
export type { InspectionView, LogLevelView, LogLineView } from "./wire/looking-views.ts";
export { LONGEST_PROFILE_S, MOST_INSPECTION_BYTES } from "./wire/methods.ts";
export type { ControlMethod, ParamsOf, ResultOf } from "./wire/methods.ts";
export type { AlertView, HealthView, PluginUsageView, UsageView } from "./wire/monitoring-views.ts";
export type {
  ErrorView,
  EventView,
  HostStatus,
  KeptGenerationView,
  LivePlugin,
  PluginInfo,
  ReloadView,
  SwitchView,
} from "./wire/views.ts";
