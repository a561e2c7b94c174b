import { systemClock } from "@berth/base";
import type { CommandContext } from "./command-context.ts";

/** The context of the real process. */
export function processContext(): CommandContext {
  return {
    out: process.stdout,
    err: process.stderr,
    env: process.env,
    cwd: process.cwd(),
    clock: systemClock,
    onSignal: (stop) => {
      const listen = (signal: NodeJS.Signals): void => stop(signal as "SIGINT" | "SIGTERM");
      process.on("SIGINT", listen).on("SIGTERM", listen);
      return { [Symbol.dispose]: () => void process.off("SIGINT", listen).off("SIGTERM", listen) };
    },
  };
}
