import type { Clock } from "@berth/base";
import { trap } from "../../component/trap.ts";
import { clockFunctions, pollFunctions } from "./clocks.ts";
import { randomFunctions } from "./random.ts";
import { STDERR, STDIN, STDOUT, type StandardOutput, streamFunctions } from "./streams.ts";
import type { WasiInterface } from "./wasi-interface.ts";

/** What {@link wasiInterfaces} needs. */
export interface WasiOptions {
  clock: Clock;
  /** Where standard output and error go. */
  output: StandardOutput;
  /** Whether a wait may suspend the component. */
  maySuspend: boolean;
}

/**
 * What there is of WASI 0.2: time, random numbers, standard output, and otherwise a world with nothing in it, so that the standard
 * libraries of other languages find what they look for and can reach nothing by it.
 */
export function wasiInterfaces(options: WasiOptions): ReadonlyMap<string, WasiInterface> {
  const nothing = { call: () => undefined };
  const noList = { call: () => [] };
  const clocks = clockFunctions(options.clock);
  const exit = {
    call: (): never => {
      throw trap("it called exit");
    },
  };
  const interfaces: Record<string, WasiInterface["functions"]> = {
    "wasi:cli/environment": { "get-environment": noList, "get-arguments": noList, "initial-cwd": nothing },
    "wasi:cli/exit": { exit, "exit-with-code": exit },
    "wasi:cli/stdin": { "get-stdin": { call: () => STDIN } },
    "wasi:cli/stdout": { "get-stdout": { call: () => STDOUT } },
    "wasi:cli/stderr": { "get-stderr": { call: () => STDERR } },
    "wasi:cli/terminal-input": {},
    "wasi:cli/terminal-output": {},
    "wasi:cli/terminal-stdin": { "get-terminal-stdin": nothing },
    "wasi:cli/terminal-stdout": { "get-terminal-stdout": nothing },
    "wasi:cli/terminal-stderr": { "get-terminal-stderr": nothing },
    "wasi:clocks/monotonic-clock": clocks.monotonic,
    "wasi:clocks/wall-clock": clocks.wall,
    "wasi:filesystem/preopens": { "get-directories": noList },
    "wasi:filesystem/types": { "filesystem-error-code": nothing },
    "wasi:io/error": { "[method]error.to-debug-string": { call: () => "there is nothing more to tell" } },
    "wasi:io/poll": pollFunctions(options),
    "wasi:io/streams": streamFunctions(options.output),
    ...randomFunctions(),
  };
  return new Map(Object.entries(interfaces).map(([name, functions]) => [name, { functions }]));
}
