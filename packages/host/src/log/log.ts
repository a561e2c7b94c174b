import { type Clock, type JsonObject, type JsonValue, neutralise, neutraliseLine } from "@berth/base";
import { LOG_LEVELS, type LogLevel } from "@berth/contract";
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
  correlationId?: string;
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
  level: LogLevel;
  clock: Pick<Clock, "now">;
  masker: Masker;
  /** Default `host`. */
  source?: string;
}

const MOST_CHARACTERS = 16_384;
const MOST_MEMBERS = 200;
const MOST_DEPTH = 8;

/** Makes a log over one sink. */
export function createLog({ source = "host", ...options }: LogOptions): Log {
  return logAbout({ source }, options);
}

function logAbout(about: LogAbout, options: Omit<LogOptions, "source">): Log {
  const lowest = LOG_LEVELS.indexOf(options.level);
  const isEnabled = (level: LogLevel): boolean => LOG_LEVELS.indexOf(level) >= lowest;
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
  { clock, masker }: Pick<LogOptions, "clock" | "masker">,
): LogRecord {
  return {
    time: clock.now(),
    level,
    source: neutraliseLine(about.source, 200),
    message: clean(message, masker),
    ...(fields === undefined ? {} : { fields: cleanValue(fields, masker, 0) as JsonObject }),
    ...(about.correlationId === undefined ? {} : { correlationId: neutraliseLine(about.correlationId, 200) }),
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
