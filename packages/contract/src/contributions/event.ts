import type { BusEvent } from "../capabilities.ts";
import type { CallContext } from "../call-context.ts";

/** Reacts to events whose subject fits one of `subjects` (`plugin.*`, `run.>`). */
export interface EventInstance {
  subjects: readonly string[];
  handle(event: BusEvent, call: CallContext): void | Promise<void>;
  dispose?(): void | Promise<void>;
}
