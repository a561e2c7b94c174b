/** What travels with every call into a plugin. */
export interface CallContext {
  /** Fires when the deadline passes or the caller gives up. Work that ignores it is ended with its tier. */
  readonly signal: AbortSignal;
  /** When the call must be over, milliseconds since 1970 by the host's clock; `Infinity` when there is no limit. */
  readonly deadline: number;
  /** Which attempt this is, from 1. */
  readonly attempt: number;
  /** Who calls: an application (`app/signage`) or a plugin (`plugin/weather`). From the channel, never from a message. */
  readonly caller: string;
  /**
   * What the operator lets the caller ask of others: dotted names (`deployment.execute`), or `deployment.*` and `*` for many. From
   * the host, never from the caller; read it through `requirePermission` of the SDK.
   */
  readonly permissions: readonly string[];
  /** Ties log lines and spans of one run together. */
  readonly correlationId: string;
  /** Where the host traces: the span of this call, as W3C Trace Context writes it. For programs and protocols of the plugin's own. */
  readonly traceparent?: string | undefined;
}
