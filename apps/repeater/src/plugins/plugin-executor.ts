import { type CommandRequest, type CommandResult, type EmitOutput, HostError } from "@berth/contract";
import type { Host, ManagedInstance } from "@berth/host";
import { composeEndpoint, type Endpoint, NO_RETRY } from "@berth/kernel/calls";
import type { Executor, ExecutorRequest, ExecutorResult, ExecutorSink } from "../exec/executor.ts";
import { WritesInOrder } from "./writes-in-order.ts";

type ExecuteCall = readonly [request: CommandRequest, emit: EmitOutput];

/** An executor of a plugin. It has no more than the environment that was given by `--env`: what it runs is elsewhere. */
export class PluginExecutor implements Executor {
  readonly #name: string;
  readonly #host: Host;
  readonly #instance: ManagedInstance;
  readonly #ending = new AbortController();

  constructor(host: Host, name: string, instance: ManagedInstance) {
    this.#name = name;
    this.#host = host;
    this.#instance = instance;
  }

  async run(request: ExecutorRequest, sink: ExecutorSink, signal: AbortSignal): Promise<ExecutorResult> {
    const { command, args, env = {}, cwd, timeoutMs = Infinity } = request;
    const startedMs = this.#host.clock.monotonicMs();
    const writing = new WritesInOrder(sink);
    const wanted: CommandRequest = { command, args: [...args], env, ...(cwd === undefined ? {} : { cwd }) };
    const stop = AbortSignal.any([signal, this.#ending.signal]);
    try {
      const result = await this.#endpoint(timeoutMs).call([wanted, writing.emit], {
        signal: stop,
        caller: "app/repeater",
      });
      return { ...resultOf(result, this.#name), timedOut: false };
    } catch (error) {
      const timedOut = error instanceof HostError && error.code === "CALL_DEADLINE_EXCEEDED";
      if (!timedOut && !stop.aborted) throw error;
      return { exitCode: null, signal: null, durationMs: this.#host.clock.monotonicMs() - startedMs, timedOut };
    } finally {
      await writing.finish();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#ending.abort(new Error("the executor was closed"));
    await this.#instance[Symbol.asyncDispose]();
  }

  #endpoint(deadlineMs: number): Endpoint<ExecuteCall, CommandResult> {
    const { clock, wheel, permissionsOf, telemetry } = this.#host;
    return composeEndpoint<ExecuteCall, CommandResult>({
      name: `executor/${this.#name}`,
      invoke: (input, call) => this.#instance.method("execute")(input, call) as Promise<CommandResult>,
      clock,
      wheel,
      permissionsOf,
      tracing: telemetry.callTracing(),
      policy: { deadlineMs, retry: NO_RETRY, breaker: { failureThreshold: Infinity } },
    });
  }
}

function resultOf(answer: unknown, name: string): Omit<ExecutorResult, "timedOut"> {
  const { exitCode, signal, durationMs } = (answer ?? {}) as Partial<Record<keyof CommandResult, unknown>>;
  const isSound = (exitCode === null || Number.isInteger(exitCode)) && typeof durationMs === "number";
  if (!isSound) throw new HostError("CONTRACT_BROKEN", `executor/${name} answered without an exit code and a duration`);
  return { exitCode: exitCode as number | null, signal: typeof signal === "string" ? signal : null, durationMs };
}
