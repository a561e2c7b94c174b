import { delimiter, join } from "node:path";
import { stripVTControlCharacters } from "node:util";

/** The repository. */
export const ROOT = join(import.meta.dirname, "../..");

const BIN = join(ROOT, "node_modules/.bin");

const wantsColour = (): boolean => process.stdout.isTTY && !process.env["NO_COLOR"];

/** Text as it is for a terminal; without colours for a file or a log. */
export function plainUnlessTerminal(text: string): string {
  return wantsColour() ? text : stripVTControlCharacters(text);
}

/** The environment of every check: the Node.js and the tools that npm brought come first. */
export function checkEnvironment(): NodeJS.ProcessEnv {
  return {
    ...process.env,
    PATH: [BIN, process.env["PATH"]].join(delimiter),
    ...(wantsColour() ? { FORCE_COLOR: "1" } : {}),
  };
}
