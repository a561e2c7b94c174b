import type { ControlClient, EventView } from "@berth/control";
import type { CommandContext } from "../../command-context.ts";
import type { StopSignals } from "../../stop-signals.ts";
import type { Terminal } from "../../terminal/terminal.ts";
import { eventJson, eventLine } from "../run/event-line.ts";

/** What to follow, and where it is told. */
export interface FollowOptions {
  /** Absent: of all. */
  plugin: string | undefined;
  signals: StopSignals;
  terminal: Terminal;
  asJson: boolean;
}

/** Tells what happens to plugins, until Ctrl-C or the end of the host. */
export async function followEvents(
  context: CommandContext,
  client: ControlClient,
  options: FollowOptions,
): Promise<void> {
  const { plugin, signals, terminal, asJson } = options;
  using _listening = client.onEvent((event) => {
    if (plugin !== undefined && pluginOf(event) !== plugin) return;
    context.out.write(`${asJson ? eventJson(event) : eventLine(terminal, event)}\n`);
  });
  await client.ask("events.watch", { subjects: ["plugin.>"] }, { signal: signals.stop });
  await untilOver(client, signals.stop);
  if (!signals.stop.aborted) context.err.write("The host ended.\n");
}

/** Settles when the host ends, or somebody wants to stop. */
export async function untilOver(client: ControlClient, stop: AbortSignal): Promise<void> {
  if (stop.aborted) return;
  const stopped = new Promise<void>((resolve) => stop.addEventListener("abort", () => resolve(), { once: true }));
  await Promise.race([client.ended, stopped]);
}

function pluginOf({ data }: EventView): unknown {
  return typeof data === "object" && data !== null && !Array.isArray(data) ? data["plugin"] : undefined;
}
