import type { CommandInstance } from "./command.ts";
import type { ConfigSectionInstance } from "./config-section.ts";
import type { EventInstance } from "./event.ts";
import type { ExecutorInstance } from "./executor.ts";
import type { HandlerInstance, MiddlewareInstance } from "./http.ts";
import type { IntegrationInstance } from "./integration.ts";
import type { ContributionKind } from "./kinds.ts";
import type { LayoutInstance } from "./layout.ts";
import type { OutputInstance } from "./output.ts";
import type { SchedulerInstance } from "./scheduler.ts";
import type { ServiceInstance } from "./service.ts";
import type { SourceInstance } from "./source.ts";

/** The type of a configured contribution, by kind. */
export interface ContributionInstances {
  source: SourceInstance;
  layout: LayoutInstance;
  scheduler: SchedulerInstance;
  executor: ExecutorInstance;
  output: OutputInstance;
  command: CommandInstance;
  service: ServiceInstance;
  integration: IntegrationInstance;
  config: ConfigSectionInstance;
  event: EventInstance;
  middleware: MiddlewareInstance;
  handler: HandlerInstance;
}

/**
 * The members an instance must have, and those it may have, by kind: what the host checks at run time, since types vanish.
 * A member is a function unless it is listed under `data`.
 */
export const INSTANCE_MEMBERS: {
  readonly [Kind in ContributionKind]: {
    readonly required: readonly (keyof ContributionInstances[Kind] & string)[];
    readonly optional: readonly (keyof ContributionInstances[Kind] & string)[];
    readonly data?: readonly (keyof ContributionInstances[Kind] & string)[];
  };
} = {
  source: { required: ["fetch"], optional: ["shouldRender", "dispose"] },
  layout: { required: ["render"], optional: ["dispose"] },
  scheduler: { required: ["next"], optional: ["dispose"] },
  executor: { required: ["execute"], optional: ["supportedPlatforms", "dispose"], data: ["supportedPlatforms"] },
  output: { required: ["write"], optional: ["writeAll", "respond", "flush", "dispose"] },
  command: { required: ["run"], optional: ["dispose"] },
  service: { required: ["methods"], optional: ["dispose"], data: ["methods"] },
  integration: { required: ["connect", "check", "disconnect"], optional: ["dispose"] },
  config: { required: [], optional: ["check", "dispose"] },
  event: { required: ["subjects", "handle"], optional: ["dispose"], data: ["subjects"] },
  middleware: { required: [], optional: ["before", "after", "dispose"] },
  handler: { required: ["handle"], optional: ["dispose"] },
};
