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

/** What became of records that were taken together. */
export interface BatchResult {
  /** The places, from 0, of those that are to be sent again. */
  failed: number[];
}

/** One page of an output. */
export interface OutputPage {
  status: number;
  contentType: string;
  body: string;
}

/** Takes results somewhere (RPT-76 to RPT-78). An error says that what was written is to be written again, later. */
export interface OutputInstance {
  write(record: OutputRecord, call: CallContext): Promise<void>;
  /** Takes several at once, in their order. Without it each is written by itself. */
  writeAll?(records: readonly OutputRecord[], call: CallContext): Promise<BatchResult | undefined>;
  /** What it shows over HTTP, at the address that its setting `listen` names; nothing for a path it does not have. */
  respond?(path: string, call: CallContext): OutputPage | undefined | Promise<OutputPage | undefined>;
  /** Sends what is held back. */
  flush?(call: CallContext): Promise<void>;
  dispose?(): void | Promise<void>;
}
