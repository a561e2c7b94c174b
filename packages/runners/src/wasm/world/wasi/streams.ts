import type { HostFunctions } from "../host-function.ts";
import { READY } from "./clocks.ts";

/** Where standard output and error go. */
export type StandardOutput = (stream: "stdout" | "stderr", bytes: Uint8Array) => void;

/** The three streams there are, as the host knows them. */
export const STDIN = { stream: "stdin" } as const;
export const STDOUT = { stream: "stdout" } as const;
export const STDERR = { stream: "stderr" } as const;

type Output = typeof STDOUT | typeof STDERR;

/** What a writer may write at once; it is asked to, so a page is enough. */
const WRITE_BYTES = 65_536n;

const ok = (value?: unknown): { tag: "ok"; value: unknown } => ({ tag: "ok", value });
const CLOSED = { tag: "error", value: { tag: "closed" } } as const;

/** Input is at its end, output is taken at once. */
export function streamFunctions(output: StandardOutput): HostFunctions {
  const write = {
    call({ stream }: Output, bytes: Uint8Array) {
      output(stream, bytes);
      return ok();
    },
  };
  const done = { call: () => ok() };
  const closed = { call: () => CLOSED };
  const subscribe = { call: () => READY };
  return {
    "[method]input-stream.read": closed,
    "[method]input-stream.blocking-read": closed,
    "[method]input-stream.skip": closed,
    "[method]input-stream.blocking-skip": closed,
    "[method]input-stream.subscribe": subscribe,
    "[method]output-stream.check-write": { call: () => ok(WRITE_BYTES) },
    "[method]output-stream.write": write,
    "[method]output-stream.blocking-write-and-flush": write,
    "[method]output-stream.flush": done,
    "[method]output-stream.blocking-flush": done,
    "[method]output-stream.subscribe": subscribe,
    "[method]output-stream.splice": closed,
    "[method]output-stream.blocking-splice": closed,
  };
}
