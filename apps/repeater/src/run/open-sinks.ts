import { resolve } from "node:path";
import { HostError } from "@berth/contract";
import type { RprContext } from "../context.ts";
import { AppendFile } from "../streams/append-file.ts";
import { recordJson } from "../streams/record-json.ts";
import { Ping } from "./ping.ts";
import type { Assignment } from "./repeat.ts";
import type { RecordSink, RunRecord } from "./run-record.ts";

/** Everything that gets the record of each run; what is opened for it is owned by `opened`. */
export async function openSinks(
  { cwd, out }: RprContext,
  { settings, openOutputs }: Assignment,
  opened: AsyncDisposableStack,
  say: (sentence: string) => void,
): Promise<RecordSink[]> {
  const sinks: RecordSink[] = [];
  const log = settings.text("log-json");
  if (log !== undefined) {
    const file = opened.use(await AppendFile.open(resolve(cwd, log)));
    sinks.push({ write: (record) => file.write(recordJson(record)), [Symbol.asyncDispose]: async () => undefined });
  }
  if (settings.isOn("json")) {
    const write = (record: RunRecord): void | Promise<void> => out.write(Buffer.from(recordJson(record)));
    sinks.push({ write, [Symbol.asyncDispose]: async () => undefined });
  }
  const ping = settings.text("ping");
  if (ping !== undefined) sinks.push(opened.use(new Ping(checkUrl(ping), say)));
  for (const sink of await openOutputs()) sinks.push(opened.use(sink));
  return sinks;
}

function checkUrl(text: string): string {
  const url = URL.parse(text);
  if (url && /^https?:$/.test(url.protocol)) return url.href;
  throw new HostError("CONFIG_INVALID", `Cannot ping "${text}": it is no address that begins with http:// or https://`);
}
