import { spawn } from "node:child_process";
import type { Executor, ExecutorRequest, ExecutorResult, ExecutorSink } from "./executor.ts";

/** Starts each command as a child of this very process, in a process group of its own. */
export class PlainExecutor implements Executor {
  readonly #running = new Map<() => void, Promise<unknown>>();

  run(request: ExecutorRequest, sink: ExecutorSink, signal: AbortSignal): Promise<ExecutorResult> {
    const startedMs = performance.now();
    const child = spawn(request.command, request.args, {
      cwd: request.cwd,
      env: request.env ? { ...process.env, ...request.env } : process.env,
      stdio: ["ignore", "pipe", "pipe"],
      detached: true,
    });
    const kill = (name: NodeJS.Signals): void => {
      try {
        if (child.pid !== undefined) process.kill(-child.pid, name);
      } catch {
        // It is gone already.
      }
    };
    const killNow = (): void => kill("SIGKILL");
    const { promise, resolve, reject } = Promise.withResolvers<ExecutorResult>();
    let timedOut = false;
    let killing: NodeJS.Timeout | undefined;
    const end = (): void => {
      kill("SIGTERM");
      killing ??= setTimeout(killNow, request.graceMs);
    };
    const limit =
      request.timeoutMs === undefined
        ? undefined
        : setTimeout(() => {
            timedOut = true;
            end();
          }, request.timeoutMs);
    const reading = Promise.all([drain(child.stdout, sink.stdout), drain(child.stderr, sink.stderr)]);
    reading.catch((error: unknown) => {
      killNow();
      reject(error as Error);
    });
    child.once("error", reject);
    // What the command left behind in its group would hold its streams open, or live on.
    child.once("exit", () => (signal.aborted || timedOut ? killNow() : undefined));
    child.once("close", (exitCode, name) => {
      const durationMs = performance.now() - startedMs;
      void reading.then(() => resolve({ exitCode, signal: name, durationMs, timedOut }), reject);
    });
    if (signal.aborted) end();
    else signal.addEventListener("abort", end, { once: true });
    const settled = promise
      .finally(() => {
        clearTimeout(limit);
        clearTimeout(killing);
        signal.removeEventListener("abort", end);
        this.#running.delete(killNow);
      })
      .catch(() => undefined);
    this.#running.set(killNow, settled);
    return promise;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const killNow of this.#running.keys()) killNow();
    await Promise.all(this.#running.values());
  }
}

/** Reads a stream to its end, no faster than it is taken. */
async function drain(
  stream: AsyncIterable<Uint8Array>,
  take: (bytes: Uint8Array) => void | Promise<void>,
): Promise<void> {
  for await (const bytes of stream) await take(bytes);
}
