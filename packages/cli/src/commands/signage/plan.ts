import { HostError } from "@berth/contract";
import { openSignage, selectSources } from "@berth/signage";
import type { CommandContext } from "../../command-context.ts";
import { EXIT } from "../../exit-codes.ts";
import { terminalFor } from "../../terminal/terminal.ts";
import { planLines, plannedRuns } from "./plan-lines.ts";
import { openSession, type SignageFlags } from "./session.ts";

const MOST_RUNS = 1_000;

/** `berth signage plan`. */
export async function planSignage(
  context: CommandContext,
  flags: SignageFlags & { runs: string; source?: string[] },
): Promise<number> {
  const runs = Number(flags.runs);
  if (!Number.isInteger(runs) || runs < 1 || runs > MOST_RUNS) {
    throw new HostError(
      "CONFIG_INVALID",
      `--runs must be a whole number from 1 to ${MOST_RUNS}, found "${flags.runs}"`,
    );
  }
  const terminal = terminalFor(context, flags);
  await using session = await openSession(context, flags, { isForLooking: true });
  const sources = selectSources(session.loaded, flags.source);
  const { signal } = new AbortController();
  await using signage = await openSignage({ ...session, sources, workingFolder: context.cwd, signal });
  const planned = plannedRuns(signage, runs);
  context.out.write(
    flags.json
      ? `${JSON.stringify({ version: 1, sources: planned })}\n`
      : `${planLines(terminal, planned).join("\n")}\n`,
  );
  return EXIT.ok;
}
