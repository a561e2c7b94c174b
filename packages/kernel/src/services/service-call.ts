import type { JsonValue } from "@berth/base";
import type { CallContext } from "@berth/contract";

/** One call of a service. */
export interface ServiceCall {
  service: string;
  method: string;
  input: JsonValue;
  /** `plugin/NAME`, `app/NAME` or `host`; from the host, never from a message. */
  caller: string;
  /** Gives the call up when it fires. */
  signal?: AbortSignal;
  /**
   * When the caller's own time is over, milliseconds since 1970. A plugin has at most {@link DEFAULT_LIMIT_MS}, or what is left to a call
   * of a service that it is handling under the same `correlationId`.
   */
  deadline?: number;
  /** Of the call that this one is part of. */
  correlationId?: string;
  /** The generation of the plugin that calls, where one may do so that does not serve yet. */
  from?: number;
}

/** How long a call may take that belongs to no other one and names no deadline. */
export const DEFAULT_LIMIT_MS = 60_000; // longer than any service should think, short enough to notice one that hangs

/** Reaches services by name, whoever provides them. */
export interface ServiceRegistry {
  /** Rejects with `SERVICE_NOT_FOUND` when nobody provides the service or it lacks the method. */
  call(call: ServiceCall): Promise<JsonValue>;
  /** Whether anybody provides the service to this caller. Loads nothing. */
  has(service: string, caller: string): boolean;
}

/** One method of a service of the host. */
export type ServiceMethod = (input: JsonValue, call: CallContext) => Promise<JsonValue> | JsonValue;
