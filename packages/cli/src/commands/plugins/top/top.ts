import { nearest, sleep } from "@berth/base";
import { HostError } from "@berth/contract";
import type { FoundHost, UsageView } from "@berth/control";
import type { CommandContext } from "../../../command-context.ts";
import { EXIT } from "../../../exit-codes.ts";
import { readHostProject } from "../../../host-project.ts";
import { runStoppable } from "../../../stop-signals.ts";
import { FullScreen } from "../../../terminal/full-screen.ts";
import { type Terminal, terminalFor } from "../../../terminal/terminal.ts";
import { untilOver } from "../follow-events.ts";
import { reachHost } from "../live.ts";
import type { PluginsFlags } from "../session.ts";
import { picture } from "./picture.ts";
import { isSorting, type Sorting, sortingFor, SORTINGS } from "./sorting.ts";

/** Options of `berth plugins top`. */
export interface TopFlags extends PluginsFlags {
  once?: boolean;
  sort?: string;
  /** Seconds between two looks. */
  delay?: string;
}

const SHORTEST_DELAY_S = 0.5;
const LONGEST_DELAY_S = 60;

/** What is shown, and how. */
interface Shown {
  usage: UsageView;
  sorting: Sorting;
  skipped: number;
}

/** `berth plugins top`: what plugins use, live on a terminal; once elsewhere. */
export async function topPlugins(context: CommandContext, flags: TopFlags): Promise<number> {
  const sorting = sortingOf(flags.sort);
  const delayMs = delayOf(flags.delay);
  const project = await readHostProject(context, flags.config);
  const terminal = terminalFor(context, flags);
  return runStoppable(context, async ({ stop }) => {
    using found = await reachHost(context, project, "see what plugins use", stop);
    const look = (): Promise<UsageView> => lookAt(found, delayMs, stop);
    const usage = await look();
    const shown: Shown = { usage, sorting, skipped: 0 };
    if (flags.json) {
      const { pid, version } = found.status;
      context.out.write(`${JSON.stringify({ version: 1, host: { pid, version, ...usage.host }, ...rest(usage) })}\n`);
    } else if (flags.once || !terminal.isInteractive) {
      context.out.write(`${pictureOf(terminal, found, shown, undefined).join("\n")}\n`);
    } else {
      await redraw({ context, terminal, found, shown, look, delayMs, stop });
    }
    return EXIT.ok;
  });
}

const rest = ({ at, intervalMs, plugins, alerts }: UsageView): Omit<UsageView, "host"> => ({
  at,
  intervalMs,
  plugins,
  alerts,
});

function lookAt({ client }: FoundHost, delayMs: number, signal: AbortSignal): Promise<UsageView> {
  return client.ask("usage.snapshot", { maxAgeMs: Math.max(200, Math.floor(delayMs / 2)) }, { signal });
}

interface Redrawn {
  context: CommandContext;
  terminal: Terminal;
  found: FoundHost;
  shown: Shown;
  look: () => Promise<UsageView>;
  delayMs: number;
  stop: AbortSignal;
}

/** Until `q`, Ctrl-C, or the end of the host, which is said. */
async function redraw({ context, terminal, found, shown, look, delayMs, stop }: Redrawn): Promise<void> {
  const over = new AbortController();
  void untilOver(found.client, stop).then(() => over.abort());
  let hasQuit = false;
  {
    using screen = new FullScreen(terminal.out);
    const show = (): void => screen.show(pictureOf(terminal, found, shown, screen));
    using _resizing = context.onResize?.(show);
    using _keys = context.keys?.((key) => {
      if (key === "q" || key === "\u001B") {
        hasQuit = true;
        over.abort();
      } else if (obey(key, shown, screen.rows)) show();
    });
    show();
    while (!over.signal.aborted) {
      await sleep(context.clock, delayMs, over.signal).catch(() => undefined);
      if (over.signal.aborted) break;
      try {
        shown.usage = await look();
      } catch (error) {
        // That the host ended is told below, whatever was being asked just then.
        await Promise.resolve();
        if (!over.signal.aborted) throw error;
      }
      show();
    }
  }
  if (!stop.aborted && !hasQuit) context.err.write("The host ended.\n");
}

/** @returns whether something is to be drawn otherwise. */
function obey(key: string, shown: Shown, rows: number): boolean {
  const sorting = sortingFor(key);
  if (sorting) shown.sorting = sorting;
  const page = Math.max(1, Math.floor(rows / 2));
  const steps = { j: 1, "\u001B[B": 1, k: -1, "\u001B[A": -1, "\u001B[6~": page, "\u001B[5~": -page } as const;
  const step = Object.hasOwn(steps, key) ? steps[key as keyof typeof steps] : 0;
  const last = Math.max(0, shown.usage.plugins.length - 1);
  shown.skipped = Math.min(last, Math.max(0, shown.skipped + step));
  return sorting !== undefined || step !== 0;
}

function pictureOf(terminal: Terminal, { status }: FoundHost, shown: Shown, screen: FullScreen | undefined): string[] {
  const { usage, sorting, skipped } = shown;
  const { pid, version } = status;
  const rows = screen ? screen.rows : Infinity;
  return picture(terminal, usage, { sorting, skipped, pid, version, rows, hasKeys: screen !== undefined });
}

function sortingOf(text = "cpu"): Sorting {
  if (isSorting(text)) return text;
  const known = Object.keys(SORTINGS);
  const meant = nearest(text, known);
  const hint = meant === undefined ? `use one of ${known.join(", ")}` : `did you mean "${meant}"?`;
  throw new HostError("CONFIG_INVALID", `Cannot sort by "${text}"; ${hint}`);
}

function delayOf(text = "2"): number {
  const seconds = Number(text);
  if (seconds >= SHORTEST_DELAY_S && seconds <= LONGEST_DELAY_S) return seconds * 1_000;
  const bounds = `from ${SHORTEST_DELAY_S} to ${LONGEST_DELAY_S}`;
  throw new HostError("CONFIG_INVALID", `Cannot look every "${text}" seconds; use a number ${bounds}`);
}
