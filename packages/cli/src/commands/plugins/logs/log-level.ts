import { neutraliseLine } from "@berth/base";
import { HostError } from "@berth/contract";
import type { LogLevelView } from "@berth/control";
import type { CommandContext } from "../../../command-context.ts";
import { EXIT } from "../../../exit-codes.ts";
import { readHostProject } from "../../../host-project.ts";
import { runStoppable } from "../../../stop-signals.ts";
import { formatDuration } from "../../../terminal/durations.ts";
import { orderedBy, reachHost } from "../live.ts";
import type { PluginsFlags } from "../session.ts";
import { parseLevel } from "./parse-level.ts";
import { parseSpan } from "./span.ts";

/** Options of `berth plugins log-level`. */
export interface LogLevelFlags extends PluginsFlags {
  for?: string;
}

/** What sets nothing any more. */
const CONFIGURED = "configured";

/** `berth plugins log-level NAME [LEVEL]`: which lines of a plugin are kept, while its host runs. */
export async function setLogLevel(
  context: CommandContext,
  name: string,
  given: string | undefined,
  flags: LogLevelFlags,
): Promise<number> {
  const isBack = given === CONFIGURED;
  if (flags.for !== undefined && (given === undefined || isBack)) {
    throw new HostError("CONFIG_INVALID", "Cannot read --for: it goes with a level, such as debug");
  }
  const level = given === undefined || isBack ? null : parseLevel(given);
  const span = flags.for === undefined ? {} : { forMs: parseSpan("--for", flags.for) };
  const project = await readHostProject(context, flags.config);
  return runStoppable(context, async ({ stop }) => {
    using found = await reachHost(context, project, `set the log level of ${name}`, stop);
    const { client } = found;
    const options = { signal: stop };
    const set =
      given === undefined
        ? (await client.ask("plugins.info", { plugin: name }, options)).log
        : await client.ask("plugins.log_level", { ...orderedBy(context), plugin: name, level, ...span }, options);
    if (!set) throw new HostError("CONTROL_UNREACHABLE", "Cannot tell the log level: the host is of an older version");
    context.out.write(
      flags.json
        ? `${JSON.stringify({ version: 1, plugin: name, log: set })}\n`
        : `${neutraliseLine(name)} logs ${logLevelText(set, context.clock.now())}.\n`,
    );
    return EXIT.ok;
  });
}

/** `debug and above for 9 min, then info`. */
export function logLevelText({ level, configured, until }: LogLevelView, nowMs: number): string {
  const above = level === "error" ? level : `${level} and above`;
  if (until !== undefined) return `${above} for ${formatDuration(until - nowMs)}, then ${configured}`;
  return level === configured ? above : `${above} until the host ends (configured: ${configured})`;
}
