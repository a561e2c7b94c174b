import { LOG_LEVELS } from "@berth/contract";
import type { LogRecord } from "@berth/host";
import type { Peer } from "@berth/protocol";
import { type CheckedParamsOf, LOG_NOTIFICATION } from "../wire/methods.ts";
import type { LogLineView } from "../wire/looking-views.ts";
import type { ControlledHost } from "./controlled-host.ts";
import { masked } from "./masked.ts";

/** What may wait for a reader. Past it lines are dropped and counted: the host does not wait, and keeps no more. */
const MOST_WAITING_BYTES = 2 ** 20;

/** What {@link watchLog} needs. */
export interface LogWatchOptions {
  host: Pick<ControlledHost, "logLines" | "masker" | "plugins">;
  peer: Peer;
  /** Bytes that wait to be read. */
  bufferedBytes: () => number;
  params: CheckedParamsOf<"logs.watch">;
}

/** The last lines of a plugin, and something that tells the next ones until it is disposed; `undefined` when nobody follows. */
export function watchLog({ host, peer, bufferedBytes, params }: LogWatchOptions): {
  lines: LogLineView[];
  watch: Disposable | undefined;
} {
  const { last, since, level, follow } = params;
  const source = `plugin/${host.plugins.get(params.plugin).name}`;
  const least = LOG_LEVELS.indexOf(level);
  const isWanted = (record: LogRecord): boolean => LOG_LEVELS.indexOf(record.level) >= least;
  const kept = host.logLines
    .of(source)
    .filter((record) => isWanted(record) && (since === undefined || record.time >= since));
  const lines = last === undefined ? kept : kept.slice(Math.max(0, kept.length - last));
  if (!follow) return { lines, watch: undefined };
  let lost = 0;
  const watch = host.logLines.onLine((record) => {
    if (record.source !== source || !isWanted(record)) return;
    if (bufferedBytes() > MOST_WAITING_BYTES) {
      lost++;
      return;
    }
    const line: LogLineView = lost === 0 ? record : { ...record, lost };
    lost = 0;
    peer.notify(LOG_NOTIFICATION, masked(host.masker, line));
  });
  return { lines, watch };
}
