import { errorMessage, HostError, type JsonValue, JsonView, pause, type PluginContext } from "@berth/sdk";
import type { KubernetesConfig } from "./settings.ts";
import { type Authorization, openAuthorization } from "./token.ts";

/** An API server that is replaced or overloaded is back by then; a command that runs for hours outlives that. */
const MOST_FAILURES = 8;
const FIRST_WAIT_MS = 250;
const LONGEST_WAIT_MS = 8_000;
/** What is asked again: nothing is wrong with the request. */
const AGAIN = new Set([408, 429, 500, 502, 503, 504]);

/** What the API server answered. */
export interface Answer {
  status: number;
  body: Uint8Array;
}

/** Requests to one API server. */
export class ApiClient {
  readonly #ctx: PluginContext;
  readonly #base: string;
  readonly #authorization: Authorization;

  constructor(ctx: PluginContext, config: KubernetesConfig) {
    this.#ctx = ctx;
    this.#base = config.api.replace(/\/$/, "");
    this.#authorization = openAuthorization(ctx, config);
  }

  /** Rejects when there is no token where there should be one. */
  async requireToken(): Promise<void> {
    await this.#authorization();
  }

  /** What is there, asked again where the server is not to be reached for a while. */
  async get(path: string, signal: AbortSignal): Promise<Answer> {
    for (let failures = 1; ; failures++) {
      const answer = await this.#send("GET", path, undefined, signal).catch((error: unknown) => error as Error);
      if (!(answer instanceof Error) && !AGAIN.has(answer.status)) return answer;
      signal.throwIfAborted();
      const isOver = failures >= MOST_FAILURES || (answer instanceof HostError && answer.code !== "CAPABILITY_FAILED");
      if (isOver && answer instanceof Error) throw answer;
      if (isOver) return answer as Answer;
      await pause(Math.min(FIRST_WAIT_MS * 2 ** (failures - 1), LONGEST_WAIT_MS), signal);
    }
  }

  /** The same as JSON, for `step`, which an error names. */
  async read(step: string, path: string, signal: AbortSignal): Promise<JsonView> {
    const answer = await this.get(path, signal);
    if (answer.status !== 200) throw refused(step, answer);
    return jsonOf(answer);
  }

  change(method: "POST" | "DELETE", path: string, body: JsonValue, signal: AbortSignal): Promise<Answer> {
    return this.#send(method, path, body, signal);
  }

  async #send(method: string, path: string, body: JsonValue | undefined, signal: AbortSignal): Promise<Answer> {
    const authorization = await this.#authorization();
    const headers = {
      accept: "application/json, */*",
      ...(body === undefined ? {} : { "content-type": "application/json" }),
      ...(authorization === undefined ? {} : { authorization }),
    };
    const content = body === undefined ? {} : { body: JSON.stringify(body) };
    const answer = await this.#ctx.fetch(`${this.#base}${path}`, {
      method,
      headers,
      redirect: "manual",
      signal,
      ...content,
    });
    return { status: answer.status, body: new Uint8Array(await answer.arrayBuffer()) };
  }
}

/** The answer as JSON; nothing where it is none. */
export function jsonOf({ body }: Answer): JsonView {
  try {
    return new JsonView(JSON.parse(new TextDecoder().decode(body)) as JsonValue);
  } catch {
    return new JsonView(undefined);
  }
}

/** The error of a step that the API server refused: its `Status` has a sentence of its own. */
export function refused(step: string, answer: Answer): HostError {
  const said = jsonOf(answer).text("message");
  const hint = answer.status === 401 ? "; is the token right, and still valid?" : "";
  const sentence = `the API server answered ${answer.status}${said === undefined ? "" : `: ${said}`}${hint}`;
  return new HostError("CAPABILITY_FAILED", `Cannot ${step}: ${sentence}`);
}

/** A step that failed, in a sentence. */
export function failedStep(step: string, error: unknown): HostError {
  return new HostError("CAPABILITY_FAILED", `Cannot ${step}: ${errorMessage(error)}`, { cause: error });
}
