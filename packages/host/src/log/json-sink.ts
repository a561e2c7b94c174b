import type { LogSink } from "./log.ts";

/** One JSON object a line, for programs: `time` (ISO 8601), `level`, `source`, `message`, then `correlationId` and `fields`. */
export function createJsonSink(stream: { write(text: string): unknown }): LogSink {
  return ({ time, level, source, message, correlationId, fields }) => {
    const line = { time: new Date(time).toISOString(), level, source, message, correlationId, fields };
    stream.write(`${JSON.stringify(line)}\n`);
  };
}
