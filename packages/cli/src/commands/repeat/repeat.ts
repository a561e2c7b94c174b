import { main as runRpr, processContext } from "@berth/repeater";
import type { CommandContext, CommandResult } from "../../command-context.ts";

/** `rpr` by another name. Commands write bytes, so it has the streams of the process itself. */
export function runRepeat({ env, cwd, clock }: CommandContext, words: readonly string[]): CommandResult {
  return runRpr(words, { ...processContext("berth repeat"), env, cwd, clock });
}
