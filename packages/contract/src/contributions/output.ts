import type { JsonValue } from "@berth/base";
import type { CallContext } from "../call-context.ts";

/** The result of one run, on its way to an output. */
export interface OutputRecord {
  /** Which job or source. */
  id: string;
  startedAt: number;
  durationMs: number;
  success: boolean;
  result: JsonValue;
}

/** Takes results somewhere (RPT-76 to RPT-78). */
export interface OutputInstance {
  write(record: OutputRecord, call: CallContext): Promise<void>;
  /** Sends what is held back. */
  flush?(call: CallContext): Promise<void>;
  dispose?(): void | Promise<void>;
}
