import type { FoundHost } from "@berth/control";
import { type Clock, sleep } from "@berth/base";
import type { CommandContext } from "../../command-context.ts";
import { EXIT } from "../../exit-codes.ts";
import { runStoppable } from "../../stop-signals.ts";
import { LiveView } from "../../terminal/live-view.ts";
import { type Terminal, terminalFor } from "../../terminal/terminal.ts";
import { untilOver } from "./follow-events.ts";
import { type ListFlags, pictureJson, pictureLines, type PluginPicture, takePicture } from "./list.ts";
import type { PluginsSession } from "./session.ts";

/** Health and calls under way change without an event. */
const LOOK_EVERY_MS = 2_000;
const REST_MS = 200;

/** `berth plugins list --watch`: the table, redrawn on a terminal, written anew elsewhere whenever it is another. */
export function watchPlugins(
  context: CommandContext,
  session: PluginsSession,
  host: FoundHost,
  flags: ListFlags,
): Promise<number> {
  return runStoppable(context, async ({ stop }) => {
    using found = host;
    const over = new AbortController();
    void untilOver(found.client, stop).then(() => over.abort());
    try {
      await redrawUntil(over.signal, { context, session, found, flags });
    } catch (error) {
      // That the host ended is told below, whatever was being asked just then.
      if (!over.signal.aborted) throw error;
    }
    if (!stop.aborted) context.err.write("The host ended.\n");
    return EXIT.ok;
  });
}

interface Watched {
  context: CommandContext;
  session: PluginsSession;
  found: FoundHost;
  flags: ListFlags;
}

async function redrawUntil(over: AbortSignal, { context, session, found, flags }: Watched): Promise<void> {
  const { clock } = context;
  let looked = Promise.withResolvers<void>();
  using _listening = found.client.onEvent(() => looked.resolve());
  await found.client.ask("events.watch", {}, { signal: over });
  let picture = await takePicture(session, found, over);
  using shown = show(terminalFor(context, flags), clock, flags, () => picture);
  while (!over.aborted) {
    await oneOf(looked.promise, clock, LOOK_EVERY_MS, over);
    // A storm of events is one change.
    await oneOf(undefined, clock, REST_MS, over);
    looked = Promise.withResolvers();
    picture = await takePicture(session, found, over);
    shown.refresh();
  }
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
