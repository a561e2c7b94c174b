import { HostError } from "@berth/contract";
import type { LogLineView } from "@berth/control";
import { createJsonSink, createTextSink, type LogRecord, type LogSink } from "@berth/host/log";
import type { CommandContext } from "../../../command-context.ts";
import { EXIT } from "../../../exit-codes.ts";
import { readHostProject } from "../../../host-project.ts";
import { runStoppable } from "../../../stop-signals.ts";
import { wantsColour } from "../../../terminal/terminal.ts";
import { untilOver } from "../follow-events.ts";
import { reachHost } from "../live.ts";
import type { PluginsFlags } from "../session.ts";
import { parseLevel } from "./parse-level.ts";
import { parseSpan } from "./span.ts";

/** Options of `berth plugins logs`. */
export interface LogsFlags extends PluginsFlags {
  follow?: boolean;
  level?: string;
  last?: string;
  since?: string;
}

/** What a screen shows. */
const DEFAULT_LAST = 50;
const MOST_LAST = 100_000;

/** `berth plugins logs NAME`: the last lines that a plugin of a running host wrote, and with `-f` the next. */
export async function showLogs(context: CommandContext, name: string, flags: LogsFlags): Promise<number> {
  const wanted = wantedOf(context, flags);
  const project = await readHostProject(context, flags.config);
  const hasColor = wantsColour({ stream: context.out, env: context.env, colour: flags.color });
  const sink = flags.json ? createJsonSink(context.out) : createTextSink(context.out, { hasColor });
  return runStoppable(context, async ({ stop }) => {
    using found = await reachHost(context, project, `show the log of ${name}`, stop);
    const { client } = found;
    // What comes before the answer comes after it in the log.
    const early: LogLineView[] = [];
    let isShown = false;
    using _listening = client.onLogLine((line) => {
      if (isShown) show(context, sink, line);
      else early.push(line);
    });
    const follow = flags.follow === true;
    const { lines } = await client.ask("logs.watch", { plugin: name, ...wanted, follow }, { signal: stop });
    for (const line of [...lines, ...early]) show(context, sink, line);
    isShown = true;
    if (!follow) return EXIT.ok;
    await untilOver(client, stop);
    if (!stop.aborted) context.err.write("The host ended.\n");
    return EXIT.ok;
  });
}

function show(context: CommandContext, sink: LogSink, { lost, ...record }: LogLineView): void {
  if (lost !== undefined) context.err.write(`(${lost} lines were lost here: they came faster than they were read)\n`);
  sink(record as LogRecord);
}

function wantedOf({ clock }: CommandContext, { level, last, since }: LogsFlags): object {
  const most = last === undefined ? (since === undefined ? DEFAULT_LAST : undefined) : Number(last);
  if (most !== undefined && !(Number.isInteger(most) && most >= 0 && most <= MOST_LAST)) {
    throw new HostError(
      "CONFIG_INVALID",
      `Cannot show the last "${last}" lines: use a whole number up to ${MOST_LAST}`,
    );
  }
  return {
    ...(level === undefined ? {} : { level: parseLevel(level) }),
    ...(most === undefined ? {} : { last: most }),
    ...(since === undefined ? {} : { since: clock.now() - parseSpan("--since", since) }),
  };
}
