import { systemClock } from "@berth/base";
import type { RprContext, StopSignal } from "./context.ts";
import { ProcessStream } from "./streams/byte-stream.ts";

const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/** The context of the real process. */
export function processContext(name = "rpr"): RprContext {
  const listeners = new Set<(signal: StopSignal) => void>();
  const tell = (signal: StopSignal): void => listeners.forEach((stop) => stop(signal));
  const err = new ProcessStream(process.stderr, () => undefined);
  let failure: Error | undefined;
  const out = new ProcessStream(process.stdout, (error) => {
    if (error.code === "EPIPE") return tell("SIGPIPE");
    failure = error;
    void err.write(Buffer.from(`${name}: cannot write the output: ${error.message}\n`));
    tell("unwritable");
  });
  return {
    out,
    err,
    env: process.env,
    cwd: process.cwd(),
    clock: systemClock,
    name,
    terminal: process.stdout.isTTY
      ? {
          size: () => ({ columns: process.stdout.columns, rows: process.stdout.rows }),
          isErrToo: process.stderr.isTTY,
        }
      : undefined,
    flush: async () => {
      await out.flush();
      await err.flush();
      if (failure) throw failure;
    },
    onSignal: (stop) => {
      listeners.add(stop);
      let count = 0;
      const listen = (signal: NodeJS.Signals): void => {
        // Who sends a second one does not want to wait for whoever reads the output either.
        if (++count > 1) for (const stream of [out, err]) stream.giveUp();
        stop(signal as StopSignal);
      };
      for (const signal of SIGNALS) process.on(signal, listen);
      return {
        [Symbol.dispose]: () => {
          listeners.delete(stop);
          for (const signal of SIGNALS) process.off(signal, listen);
        },
      };
    },
  };
}
