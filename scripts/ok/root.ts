import { delimiter, join } from "node:path";

/** The repository. */
export const ROOT = join(import.meta.dirname, "../..");

const BIN = join(ROOT, "node_modules/.bin");

/** The environment of every check: the Node.js and the tools that npm brought come first. */
export function checkEnvironment(): NodeJS.ProcessEnv {
  const wantsColour = process.stdout.isTTY && !process.env["NO_COLOR"];
  return {
    ...process.env,
    PATH: [BIN, process.env["PATH"]].join(delimiter),
    ...(wantsColour ? { FORCE_COLOR: "1" } : {}),
  };
}
