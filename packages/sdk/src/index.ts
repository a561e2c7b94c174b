export type {
  BusEvent,
  CallContext,
  CommandInstance,
  CommandInvocation,
  CommandOutput,
  CommandRequest,
  CommandResult,
  ConfigSectionInstance,
  DiskUsage,
  EventInstance,
  EventRequest,
  EventRequestOptions,
  EmitOutput,
  ExecutorInstance,
  FileInfo,
  FolderEntry,
  Frame,
  HandlerInstance,
  Headline,
  Health,
  HealthReport,
  HttpRequest,
  HttpResponse,
  IntegrationInstance,
  LastRun,
  LayoutInstance,
  LogLevel,
  MiddlewareInstance,
  NextRun,
  OutputInstance,
  BatchResult,
  OutputPage,
  OutputRecord,
  Scene,
  SceneNode,
  SceneStyle,
  SchedulerInstance,
  Series,
  SeriesPoint,
  ServiceInstance,
  ServiceScope,
  SignageContent,
  SourceInstance,
  Stat,
  Status,
  StatusLevel,
  Table,
  VectorShape,
} from "@berth/contract";
export { HostError, isHostError } from "@berth/contract";
export { errorMessage, type JsonObject, type JsonValue } from "@berth/base";
export { BaseSource, type SourceMetrics } from "./classes/base-source.ts";
export { SourceRegistry } from "./classes/source-registry.ts";
export { configError } from "./config-error.ts";
export type {
  Connect,
  Env,
  EventHandler,
  Events,
  Exec,
  ExecOptions,
  ExecOutcome,
  Fetch,
  Files,
  Log,
  PluginConnection,
  PluginContext,
  Schedule,
  Scheduled,
  Secrets,
  Services,
  Store,
} from "./context/plugin-context.ts";
export {
  type ContributionOptions,
  defineCommand,
  defineConfigSection,
  defineEvent,
  defineExecutor,
  defineHandler,
  defineIntegration,
  defineLayout,
  defineMiddleware,
  defineOutput,
  defineScheduler,
  defineService,
  defineSource,
  type ServiceOf,
  type ServiceOptions,
} from "./define-contribution.ts";
export {
  type AnyContribution,
  type ContributionDefinition,
  definePlugin,
  type PluginDefinition,
  type SavedState,
  type SettingsMigration,
} from "./define-plugin.ts";
export { parseDuration } from "./fields/duration.ts";
export type { Field, Fields, FieldValues } from "./fields/field.ts";
export { type ConfigSchema, fields } from "./fields/fields.ts";
export { parseRate, type Rate } from "./fields/rate.ts";
export { requirePermission } from "./permission.ts";
export { ifAvailable } from "./if-available.ts";
export { pause } from "./pause.ts";
export { SecretHandle } from "./secret-handle.ts";
export { Secret } from "./secret.ts";
export {
  defineServiceRef,
  type ServiceCallOptions,
  type ServiceClient,
  type ServiceHandle,
  type ServiceMethods,
  type ServiceRef,
} from "./service-ref.ts";
export { type FailureDetails, type JsonRequest, upstreamFailure } from "./upstream/answer-error.ts";
export { type EndpointOptions, parseEndpoint, withQuery } from "./upstream/endpoint.ts";
export { fetchJson } from "./upstream/fetch-json.ts";
export { JsonView } from "./upstream/json-view.ts";
export { redact } from "./upstream/redact.ts";
export { parseRetryAfter } from "./upstream/retry-after.ts";
