import { type Clock, type JsonObject, type JsonValue, neutralise, neutraliseLine } from "@berth/base";
import type { LogLevel } from "@berth/contract";
import type { CallScope } from "@berth/kernel/tracing";
import { LogLevels } from "./log-levels.ts";
import type { Masker } from "./masker.ts";

/** One line of the log, harmless to print: secrets hidden, control characters visible, bounded. */
export interface LogRecord {
  /** Milliseconds since 1970. */
  time: number;
  level: LogLevel;
  /** Who says it: `host`, `plugin/NAME` or `app/NAME`. */
  source: string;
  message: string;
  fields?: JsonObject;
  /** Of the run or call that it belongs to. */
  correlationId?: string;
  /** Where the host traces: of the span it was written in, as W3C Trace Context writes them. */
  traceId?: string;
  spanId?: string;
}

/** Where records go. May throw: a log line that cannot be written never fails the work it tells of. */
export type LogSink = (record: LogRecord) => void;

/** What a {@link Log} knows beside each line. */
export interface LogAbout {
  source: string;
  correlationId?: string;
}

/** A structured log. */
export interface Log {
  write(level: LogLevel, message: string, fields?: JsonObject): void;
  trace(message: string, fields?: JsonObject): void;
  debug(message: string, fields?: JsonObject): void;
  info(message: string, fields?: JsonObject): void;
  warn(message: string, fields?: JsonObject): void;
  error(message: string, fields?: JsonObject): void;
  /** Whether lines of this level are kept, for work done only to log. */
  isEnabled(level: LogLevel): boolean;
  /** The same log, speaking for another source or within a run. */
  about(about: Partial<LogAbout>): Log;
}

/** What {@link createLog} needs. */
export interface LogOptions {
  sink: LogSink;
  /** The least severe level kept. */
  level?: LogLevel;
  /** In place of `level`: by source, and changing. */
  levels?: LogLevels;
  clock: Pick<Clock, "now">;
  masker: Masker;
  /** For which call the host is at work: lines say it. */
  scope?: CallScope;
  /** Default `host`. */
  source?: string;
}

const MOST_CHARACTERS = 16_384;
const MOST_MEMBERS = 200;
const MOST_DEPTH = 8;

/** Makes a log over one sink. */
export function createLog({
  source = "host",
  level = "info",
  levels = new LogLevels(level),
  ...options
}: LogOptions): Log {
  return logAbout({ source }, { ...options, levels });
}

type HeldOptions = Omit<LogOptions, "source" | "level" | "levels"> & { levels: LogLevels };

function logAbout(about: LogAbout, options: HeldOptions): Log {
  const isEnabled = (level: LogLevel): boolean => options.levels.isKept(about.source, level);
  const write = (level: LogLevel, message: string, fields?: JsonObject): void => {
    if (!isEnabled(level)) return;
    try {
      options.sink(recordOf(about, level, message, fields, options));
    } catch {
      // A full disk or a closed pipe must not fail the work the line tells of.
    }
  };
  return {
    write,
    trace: (message, fields) => write("trace", message, fields),
    debug: (message, fields) => write("debug", message, fields),
    info: (message, fields) => write("info", message, fields),
    warn: (message, fields) => write("warn", message, fields),
    error: (message, fields) => write("error", message, fields),
    isEnabled,
    about: (other) => logAbout({ ...about, ...other }, options),
  };
}

function recordOf(
  about: LogAbout,
  level: LogLevel,
  message: string,
  fields: JsonObject | undefined,
  { clock, masker, scope }: Pick<LogOptions, "clock" | "masker" | "scope">,
): LogRecord {
  const doing = scope?.current;
  const correlationId = about.correlationId ?? doing?.correlationId;
  const span = doing?.span;
  return {
    time: clock.now(),
    level,
    source: neutraliseLine(about.source, 200),
    message: clean(message, masker),
    ...(fields === undefined ? {} : { fields: cleanValue(fields, masker, 0) as JsonObject }),
    ...(correlationId === undefined ? {} : { correlationId: neutraliseLine(correlationId, 200) }),
    ...(span === undefined ? {} : { traceId: span.traceId, spanId: span.spanId }),
  };
}

/** Masked before it is neutralised and cut: both could break a secret into pieces that no longer look like it. */
function clean(text: string, masker: Masker): string {
  // Four times the bound is what masking may shrink; beyond it nothing is looked at, so that a line costs little.
  return neutralise(masker.mask(text.slice(0, 4 * MOST_CHARACTERS)), MOST_CHARACTERS);
}

function cleanValue(value: JsonValue, masker: Masker, depth: number): JsonValue {
  if (typeof value === "string") return clean(value, masker);
  if (typeof value !== "object" || value === null) return value;
  if (depth >= MOST_DEPTH) return "…";
  if (Array.isArray(value)) return value.slice(0, MOST_MEMBERS).map((item) => cleanValue(item, masker, depth + 1));
  const members = Object.entries(value).slice(0, MOST_MEMBERS);
  return Object.fromEntries(
    members.map(([name, member]) => [clean(name, masker), cleanValue(member, masker, depth + 1)]),
  );
}
