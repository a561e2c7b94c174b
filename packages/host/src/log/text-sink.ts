import { styleText } from "node:util";
import type { JsonObject, JsonValue } from "@berth/base";
import type { LogLevel } from "@berth/contract";
import type { LogRecord, LogSink } from "./log.ts";

/** Where {@link createTextSink} writes: standard error, or what a test collects. */
export interface TextStream {
  write(text: string): unknown;
  readonly isTTY?: boolean;
}

/** Further lines of a message begin so, and cannot be taken for records of their own. */
const CONTINUATION = "\n         | ";

const STYLES: Record<LogLevel, Parameters<typeof styleText>[0] | undefined> = {
  trace: "dim",
  debug: "dim",
  info: undefined,
  warn: "yellow",
  error: ["bold", "red"],
};

/**
 * Lines for people: `12:03:04 warn  plugin/weather  no answer  host=api.example.org`. In colour only on a terminal, and unless
 * `NO_COLOR` is set.
 */
export function createTextSink(
  stream: TextStream,
  { hasColor = stream.isTTY === true && !process.env["NO_COLOR"] }: { hasColor?: boolean } = {},
): LogSink {
  const style = (format: (typeof STYLES)[LogLevel], text: string): string =>
    hasColor && format !== undefined ? styleText(format, text, { validateStream: false }) : text;
  return (record) => {
    const head = `${style("dim", timeOfDay(record.time))} ${style(STYLES[record.level], record.level.padEnd(5))}`;
    stream.write(`${head} ${record.source}  ${style(STYLES[record.level], body(record))}${tail(record, style)}\n`);
  };
}

function body({ message }: LogRecord): string {
  return message.replaceAll("\n", CONTINUATION);
}

function tail(record: LogRecord, style: (format: "dim", text: string) => string): string {
  const fields: JsonObject = { ...record.fields };
  if (record.correlationId !== undefined) fields["run"] = record.correlationId;
  const parts = Object.entries(fields).map(
    ([name, value]) => `${JSON.stringify(name).slice(1, -1)}=${fieldText(value)}`,
  );
  return parts.length === 0 ? "" : `  ${style("dim", parts.join(" "))}`;
}

/** A value bare where it can be told from its neighbours, else as JSON, on one line either way. */
function fieldText(value: JsonValue): string {
  return typeof value === "string" && /^[^\s"=]+$/.test(value) ? value : JSON.stringify(value);
}

function timeOfDay(time: number): string {
  const date = new Date(time);
  return [date.getHours(), date.getMinutes(), date.getSeconds()].map((part) => String(part).padStart(2, "0")).join(":");
}
