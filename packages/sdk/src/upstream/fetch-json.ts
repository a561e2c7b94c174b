import { errorMessage, type JsonValue } from "@berth/base";
import { HostError, isHostError } from "@berth/contract";
import type { PluginContext } from "../context/plugin-context.ts";
import type { Secret } from "../secret.ts";
import { answerError, type JsonRequest, upstreamFailure } from "./answer-error.ts";
import { JsonView } from "./json-view.ts";
import { redact } from "./redact.ts";

/** An answer of a service on a wall is a few kilobytes; more is another page than the one meant. */
const MOST_BYTES = 2 * 1024 * 1024;

/**
 * Gets JSON from a service, and turns everything that can go wrong into one clear error: `PLUGIN_FAILED` with a message that names
 * the service, what it answered and what to do; `details.status`; `details.retryable: false` where asking again cannot help;
 * `details.retryAfterMs` where the service said how long to wait. Secrets never appear in it. An empty answer reads as no data.
 *
 * @example
 * const view = await fetchJson(ctx, {
 *   service: "OpenWeatherMap",
 *   url: "https://api.openweathermap.org/data/2.5/weather?q=Oslo",
 *   signal: call.signal,
 * });
 * view.number("main", "temp");
 */
export async function fetchJson(ctx: Pick<PluginContext, "fetch" | "now">, request: JsonRequest): Promise<JsonView> {
  const { answer, body } = await send(ctx, request);
  if (!answer.ok) throw answerError(answer, body, request, ctx.now());
  return new JsonView(parse(body, answer.headers.get("content-type") ?? "no type", request));
}

async function send(
  ctx: Pick<PluginContext, "fetch">,
  { service, url, headers, secrets = [], signal, maxBytes = MOST_BYTES }: JsonRequest,
): Promise<{ answer: Response; body: string }> {
  try {
    // Not followed: the address may carry a key, and a service that moved, or a network's sign-in page, deserves to be named.
    const answer = await ctx.fetch(url, {
      headers: { accept: "application/json", ...headers },
      redirect: "manual",
      signal,
    });
    const bytes = new Uint8Array(await answer.arrayBuffer());
    if (bytes.length > maxBytes) throw tooLarge(service, maxBytes);
    return { answer, body: new TextDecoder().decode(bytes) };
  } catch (error) {
    signal.throwIfAborted();
    throw sendError(error, service, secrets);
  }
}

/** A refusal or a limit of the host keeps its code; anything else is trouble on the way. */
function sendError(error: unknown, service: string, secrets: readonly Secret[]): HostError {
  const message = redact(errorMessage(error), secrets);
  const cause = withoutSecrets(error, secrets);
  if (!isHostError(error) || error.code === "CAPABILITY_FAILED") {
    return new HostError("PLUGIN_FAILED", `Cannot reach ${service}: ${message}`, { cause });
  }
  return new HostError(
    error.code,
    message,
    error.details === undefined ? { cause } : { cause, details: error.details },
  );
}

function parse(body: string, type: string, { service, secrets = [] }: JsonRequest): JsonValue | undefined {
  if (body.trim() === "") return undefined;
  try {
    return JSON.parse(body) as JsonValue;
  } catch {
    // The parser's own message quotes the answer, which may quote the key.
    const what = /\bjson\b/.test(type) ? "broken JSON" : `${redact(type, secrets).slice(0, 100)} in place of JSON`;
    throw upstreamFailure(
      `${service} answered with ${what} (${body.length} characters); it may be out of order, or the endpoint wrong`,
    );
  }
}

function tooLarge(service: string, maxBytes: number): HostError {
  return upstreamFailure(`${service} answered with more than ${maxBytes} bytes; check the endpoint`, {
    retryable: false,
  });
}

/** The chain of causes is printed and sent on, so it must be as clean as the message. */
function withoutSecrets(error: unknown, secrets: readonly Secret[]): Error {
  const cause = error instanceof Error && error.cause !== undefined ? withoutSecrets(error.cause, secrets) : undefined;
  return new Error(redact(errorMessage(error), secrets), cause && { cause });
}
