import type { LogSink } from "./log.ts";

/** One JSON object a line, for programs: `time` (ISO 8601), `level`, `source`, `message`, then `correlationId`, `traceId`, `spanId` and `fields`. */
export function createJsonSink(stream: { write(text: string): unknown }): LogSink {
  return ({ time, level, source, message, correlationId, traceId, spanId, fields }) => {
    const at = new Date(time).toISOString();
    const line = { time: at, level, source, message, correlationId, traceId, spanId, fields };
    stream.write(`${JSON.stringify(line)}\n`);
  };
}
