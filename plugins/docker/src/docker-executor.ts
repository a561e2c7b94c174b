import {
  type CommandRequest,
  type CommandResult,
  defineExecutor,
  type EmitOutput,
  HostError,
  type JsonValue,
  JsonView,
} from "@berth/sdk";
import { EngineClient, type OpenAnswer } from "./engine-client.ts";
import { FrameSplitter } from "./frames.ts";
import { type DockerConfig, engineAddress, settingsSchema } from "./settings.ts";

/** Removing what was made must not hang on what made it fail. */
const REMOVE_LIMIT_MS = 30_000;

/** `executor/docker`: each command in a container of its own, which is removed afterwards (RPT-65, RPT-90). */
export const dockerExecutor = defineExecutor("docker", {
  config: settingsSchema,
  create(config: DockerConfig, ctx) {
    const address = engineAddress(config.host, ctx);
    const client = new EngineClient(ctx, address);
    // Whoever gives up a call does not wait for it; what is under way is the removal of its container.
    const running = new Set<Promise<number>>();
    return {
      ...(address.port === 0 ? { supportedPlatforms: ["linux", "darwin"] } : {}),
      async execute(request, emit, call) {
        const startedMs = ctx.now();
        const run = new ContainerRun(client, config, request).toEnd(emit, call.signal);
        running.add(run);
        const exitCode = await run.finally(() => running.delete(run));
        return { exitCode, signal: null, durationMs: ctx.now() - startedMs } satisfies CommandResult;
      },
      async dispose() {
        await Promise.allSettled(running);
      },
    };
  },
});
/** From the end of a container that was told to end to that of its output. */
const LAST_OUTPUT_MS = 2_000;

class ContainerRun {
  readonly #client: EngineClient;
  readonly #config: DockerConfig;
  readonly #request: CommandRequest;

  constructor(client: EngineClient, config: DockerConfig, request: CommandRequest) {
    this.#client = client;
    this.#config = config;
    this.#request = request;
  }

  async toEnd(emit: EmitOutput, signal: AbortSignal): Promise<number> {
    const id = await this.#create(signal);
    // The container outlives the caller's patience for as long as it may take to end; its output ends with it.
    const stopping = new AbortController();
    const giveUp = (): void => stopping.abort(signal.reason);
    const stop = (): void =>
      void this.#stop(id).then(() => AbortSignal.timeout(LAST_OUTPUT_MS).addEventListener("abort", giveUp), giveUp);
    signal.addEventListener("abort", stop, { once: true });
    try {
      using output = await this.#attach(id, stopping.signal);
      signal.throwIfAborted();
      await this.#expect(
        "start the container",
        [204, 304],
        "POST",
        `/containers/${id}/start`,
        undefined,
        stopping.signal,
      );
      // A stop does nothing to a container that is not started yet.
      if (signal.aborted) stop();
      const splitter = new FrameSplitter(emit);
      for await (const part of output.parts()) await splitter.push(part);
      const ended = await this.#expect(
        "wait for the container",
        [200],
        "POST",
        `/containers/${id}/wait`,
        undefined,
        stopping.signal,
      );
      return new JsonView(ended).number("StatusCode") ?? -1;
    } finally {
      signal.removeEventListener("abort", stop);
      await this.#remove(id);
    }
  }

  async #create(signal: AbortSignal): Promise<string> {
    const body = containerOf(this.#config, this.#request);
    const path = "/containers/create";
    let { status, body: answer } = await this.#client.ask("POST", path, body, signal);
    if (status === 404 && this.#config.pull === "missing") {
      await this.#pull(imageOf(this.#config, this.#request), signal);
      ({ status, body: answer } = await this.#client.ask("POST", path, body, signal));
    }
    const id = status === 201 ? new JsonView(answer).text("Id") : undefined;
    if (id === undefined) throw refused("create a container", status, answer);
    return encodeURIComponent(id);
  }

  async #pull(image: string, signal: AbortSignal): Promise<void> {
    const named = /[@:][^/]*$/.test(image) ? image : `${image}:latest`;
    const path = `/images/create?fromImage=${encodeURIComponent(named)}`;
    const { status, body } = await this.#client.ask("POST", path, undefined, signal);
    if (status !== 200) throw refused(`pull the image ${named}`, status, body);
  }

  async #attach(id: string, signal: AbortSignal): Promise<OpenAnswer> {
    const path = `/containers/${id}/attach?stream=1&stdout=1&stderr=1`;
    const answer = await this.#client.open("POST", path, undefined, signal);
    if (answer.status === 200 || answer.status === 101) return answer;
    using _closed = answer;
    throw refused("read the output of the container", answer.status, await answer.json());
  }

  async #stop(id: string): Promise<void> {
    const { grace } = this.#config;
    const limit = AbortSignal.timeout(grace + REMOVE_LIMIT_MS);
    await this.#client.ask("POST", `/containers/${id}/stop?t=${Math.ceil(grace / 1_000)}`, undefined, limit);
  }

  async #remove(id: string): Promise<void> {
    const limit = AbortSignal.timeout(REMOVE_LIMIT_MS);
    await this.#expect(
      "remove the container",
      [204, 200, 404, 409],
      "DELETE",
      `/containers/${id}?force=1&v=1`,
      undefined,
      limit,
    );
  }

  async #expect(
    step: string,
    wanted: readonly number[],
    method: string,
    path: string,
    body: JsonValue | undefined,
    signal: AbortSignal,
  ): Promise<JsonValue> {
    const answer = await this.#client.ask(method, path, body, signal);
    if (!wanted.includes(answer.status)) throw refused(step, answer.status, answer.body);
    return answer.body;
  }
}

/** With an image configured the command runs in it; without one the command names the image (RPT-90). */
function imageOf({ image }: DockerConfig, { command }: CommandRequest): string {
  return image ?? command;
}

function containerOf(config: DockerConfig, request: CommandRequest): JsonValue {
  const words = config.image === undefined ? request.args : [request.command, ...request.args];
  const folder = request.cwd ?? config.cwd;
  return {
    Image: imageOf(config, request),
    ...(words.length > 0 ? { Cmd: words } : {}),
    Env: Object.entries(request.env).map(([name, value]) => `${name}=${value}`),
    ...(folder === undefined ? {} : { WorkingDir: folder }),
    ...(config.user === undefined ? {} : { User: config.user }),
    Tty: false,
    AttachStdout: true,
    AttachStderr: true,
    HostConfig: { Binds: config.mounts, ...(config.network === undefined ? {} : { NetworkMode: config.network }) },
  };
}

function refused(step: string, status: number, answer: JsonValue): HostError {
  const said = typeof answer === "object" ? new JsonView(answer).text("message") : undefined;
  return new HostError(
    "CAPABILITY_FAILED",
    `Cannot ${step}: the engine answered ${status}${said === undefined ? "" : `: ${said}`}`,
  );
}
