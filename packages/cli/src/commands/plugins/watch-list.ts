import type { FoundHost } from "@berth/control";
import { type Clock, sleep } from "@berth/base";
import type { CommandContext } from "../../command-context.ts";
import { EXIT } from "../../exit-codes.ts";
import { StopSignals } from "../../stop-signals.ts";
import { LiveView } from "../../terminal/live-view.ts";
import { type Terminal, terminalFor } from "../../terminal/terminal.ts";
import { untilOver } from "./follow-events.ts";
import { type ListFlags, pictureJson, pictureLines, type PluginPicture, takePicture } from "./list.ts";
import type { PluginsSession } from "./session.ts";

/** Health and calls under way change without an event. */
const LOOK_EVERY_MS = 2_000;
const REST_MS = 200;

/** `berth plugins list --watch`: the table, redrawn on a terminal, written anew elsewhere whenever it is another. */
export async function watchPlugins(
  context: CommandContext,
  session: PluginsSession,
  host: FoundHost,
  flags: ListFlags,
): Promise<number> {
  using found = host;
  using signals = new StopSignals(context);
  const over = new AbortController();
  void untilOver(found.client, signals.stop).then(() => over.abort());
  const terminal = terminalFor(context, flags);
  let looked = Promise.withResolvers<void>();
  using _listening = found.client.onEvent(() => looked.resolve());
  await found.client.ask("events.watch", {}, { signal: over.signal });
  let picture = await takePicture(session, found, over.signal);
  using shown = show(terminal, context.clock, flags, () => picture);
  while (!over.signal.aborted) {
    await oneOf(looked.promise, context.clock, LOOK_EVERY_MS, over.signal);
    // A storm of events is one change.
    await oneOf(undefined, context.clock, REST_MS, over.signal);
    looked = Promise.withResolvers();
    if (over.signal.aborted) break;
    try {
      picture = await takePicture(session, found, over.signal);
    } catch (error) {
      if (!over.signal.aborted) throw error;
    }
    shown.refresh();
  }
  if (!signals.stop.aborted) context.err.write("The host ended.\n");
  return signals.exitCode ?? EXIT.ok;
}

/** Settles when the event comes, the time is over, or all is. */
async function oneOf(
  event: Promise<void> | undefined,
  clock: Clock,
  limitMs: number,
  over: AbortSignal,
): Promise<void> {
  const late = new AbortController();
  const time = sleep(clock, limitMs, AbortSignal.any([late.signal, over])).catch(() => undefined);
  await (event ? Promise.race([event, time]) : time);
  late.abort();
}

/** What shows the picture again. */
interface Shown extends Disposable {
  refresh(): void;
}

function show(terminal: Terminal, clock: Clock, { json }: ListFlags, picture: () => PluginPicture): Shown {
  const text = (): string =>
    json ? JSON.stringify(pictureJson(picture())) : pictureLines(terminal, picture()).join("\n");
  if (terminal.isInteractive && !json) return new LiveView(terminal, clock, () => text().split("\n"));
  let last = "";
  const refresh = (): void => {
    const now = text();
    if (now !== last) terminal.out.write(json || last === "" ? `${now}\n` : `\n${now}\n`);
    last = now;
  };
  refresh();
  return { refresh, [Symbol.dispose]: () => undefined };
}
