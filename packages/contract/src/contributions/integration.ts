import type { CallContext } from "../call-context.ts";
import type { HealthReport } from "../lifecycle.ts";

/** A connection to a system outside, opened once and shared. */
export interface IntegrationInstance {
  connect(call: CallContext): Promise<void>;
  check(call: CallContext): Promise<HealthReport>;
  disconnect(call: CallContext): Promise<void>;
  dispose?(): void | Promise<void>;
}
