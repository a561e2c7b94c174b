import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import type { MessagePort } from "node:worker_threads";

/**
 * Collects the thread's garbage whenever the host asks over `port`, and says when that is done. V8 lets garbage buffers grow to 64 MiB
 * before it looks; what a plugin really holds can only be told after.
 */
export function collectWhenAsked(port: MessagePort): void {
  let collect: (() => void) | undefined;
  port.on("message", () => {
    collect ??= findCollector();
    collect();
    port.postMessage("collected");
  });
  // Listening here must not keep a thread alive that has nothing else to wait for.
  port.unref();
}

/** The flag is for all threads of the process; only a context made while it is set gets the function. */
function findCollector(): () => void {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  setFlagsFromString("--no-expose-gc");
  return collect;
}
