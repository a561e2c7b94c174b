import type { Problem } from "@berth/contract";
import type { ComposedConfig } from "@berth/kernel/config/settings";
import type { CommandContext } from "../../command-context.ts";
import type { ConfigSession } from "./session.ts";

/** What the plugins' own code says of the sections they add. */
export async function checkSectionsByCode(
  _context: CommandContext,
  _session: ConfigSession,
  _checked: ComposedConfig,
): Promise<Problem[]> {
  return [];
}
