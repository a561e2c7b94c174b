export type { CallContext } from "./call-context.ts";
export { holdsPermission, isCallerPermission, isCallerPermissionPattern } from "./caller-permission.ts";
export {
  type BusEvent,
  type Capabilities,
  type Connection,
  type ConnectRequest,
  type DeliveredEvent,
  type DiskUsage,
  type EventDelivery,
  type EventRequest,
  type EventRequestOptions,
  type ExecRequest,
  type ExecResult,
  type FetchRequest,
  type FetchResponse,
  type FileInfo,
  type FolderEntry,
  LOG_LEVELS,
  type LogEntry,
  type LogLevel,
  type OuterCall,
  type ScheduleRequest,
} from "./capabilities.ts";
export type {
  Channel,
  ChannelExit,
  ConfigIssue,
  ConfigVersions,
  ContributionDescription,
  InstanceRequest,
  Invoke,
  PluginIdentity,
} from "./channel.ts";
export type { Inspection, InspectionKind, InspectionRequest, TakeBytes } from "./inspection.ts";
export { type ResourceUsage, UNKNOWN_USAGE } from "./resource-usage.ts";
export type { CommandInstance, CommandInvocation } from "./contributions/command.ts";
export type { ConfigSectionInstance } from "./contributions/config-section.ts";
export type { EventInstance } from "./contributions/event.ts";
export type {
  CommandOutput,
  CommandRequest,
  CommandResult,
  EmitOutput,
  ExecutorInstance,
} from "./contributions/executor.ts";
export type { HandlerInstance, HttpRequest, HttpResponse, MiddlewareInstance } from "./contributions/http.ts";
export { type ContributionInstances, INSTANCE_MEMBERS } from "./contributions/instances.ts";
export type { IntegrationInstance } from "./contributions/integration.ts";
export { CONTRIBUTION_KINDS, type ContributionId, type ContributionKind } from "./contributions/kinds.ts";
export type { Frame, LayoutInstance } from "./contributions/layout.ts";
export type { BatchResult, OutputInstance, OutputPage, OutputRecord } from "./contributions/output.ts";
export type { LastRun, NextRun, SchedulerInstance } from "./contributions/scheduler.ts";
export type { ServiceInstance, ServiceScope } from "./contributions/service.ts";
export {
  type Headline,
  type Series,
  type SeriesPoint,
  SIGNAGE_LIMITS,
  type SignageContent,
  type Stat,
  type Status,
  type StatusLevel,
  type Table,
} from "./contributions/signage-content.ts";
export type { SourceInstance } from "./contributions/source.ts";
export { type AskedEvent, deliverEvent } from "./deliver-event.ts";
export { ERROR_CODES, type ErrorCode, type ErrorInfo } from "./error-codes.ts";
export { type ErrorRecord, HostError, isHostError } from "./host-error.ts";
export { isUnavailable } from "./is-unavailable.ts";
export {
  type Health,
  type HealthReport,
  LIFECYCLE_MOVES,
  LIFECYCLE_STATES,
  type LifecycleState,
  type LifecycleStep,
} from "./lifecycle.ts";
export type { Manifest } from "./manifest.ts";
export { type Grant, type Limits, NO_GRANT, type Permissions } from "./permissions.ts";
export { POLICY_BOUNDS } from "./policy-bounds.ts";
export type { OperatorPolicyConfig, PolicyConfig } from "./policy-schema.ts";
export { formatProblem, type Problem } from "./problems.ts";
export {
  type BoxNode,
  type IconNode,
  type Scene,
  SCENE_LIMITS,
  SCENE_STYLE_PROPERTIES,
  type SceneNode,
  type SceneStyle,
  type SceneStyleProperty,
  type TextNode,
  type VectorNode,
  type VectorShape,
} from "./scene.ts";
export type { PluginState } from "./state.ts";
export { intersectSubjects, isSubject, isSubjectPattern, subjectCovers, subjectMatcher } from "./subject-pattern.ts";
export { RUNTIME_TIERS, type RuntimeType, type Tier, TIERS, tiersFor } from "./tiers.ts";
export {
  EXIT_KINDS,
  type ExitKind,
  RESTART_KINDS,
  RESTART_STRATEGIES,
  type RestartKind,
  type RestartStrategy,
} from "./supervision.ts";
