import type { JsonValue } from "@berth/base";
import { HostError } from "@berth/contract";
import type { Secret } from "../secret.ts";
import { JsonView } from "./json-view.ts";
import { redact } from "./redact.ts";
import { parseRetryAfter } from "./retry-after.ts";

/** What {@link fetchJson} is asked for. */
export interface JsonRequest {
  /** What messages call the other side, such as `OpenWeatherMap`. */
  service: string;
  url: string | URL;
  signal: AbortSignal;
  headers?: Record<string, string>;
  /** Values that must appear in no message. */
  secrets?: readonly Secret[];
  /** The field that holds the key, named when the service refuses it. */
  keyField?: string;
  /** What to say for 404, such as `knows no city "Oslo"; check city`. */
  notFound?: string;
  /** Largest answer, default 2 MiB. */
  maxBytes?: number;
}

/** Facts of a failure that the host's retry reads. */
export interface FailureDetails {
  status?: number;
  /** `false` when the same call would fail the same way. */
  retryable?: boolean;
  /** How long the service wants to be left alone. */
  retryAfterMs?: number;
}

/** A `PLUGIN_FAILED` for trouble with the other side. The message must be free of secrets: see {@link redact}. */
export function upstreamFailure(message: string, details: FailureDetails = {}): HostError {
  return new HostError("PLUGIN_FAILED", message, { details: { ...details } });
}

/** The error for an answer whose status says that it failed. */
export function answerError(answer: Response, body: string, request: JsonRequest, nowMs: number): HostError {
  const { service } = request;
  const { status } = answer;
  const reason = upstreamReason(body, request.secrets);
  const retryAfterMs = parseRetryAfter(answer.headers.get("retry-after"), nowMs);
  const wait = retryAfterMs === undefined ? {} : { retryAfterMs };
  if (status === 401 || status === 403) return keyRefused(request, status, reason);
  if (status === 404 && request.notFound) {
    return upstreamFailure(`${service} ${request.notFound}`, { status, retryable: false });
  }
  if (status === 429) {
    const when = retryAfterMs === undefined ? "ask less often" : `it asks to wait ${Math.ceil(retryAfterMs / 1_000)} s`;
    return upstreamFailure(`${service} had too many requests (429); ${when}${reason}`, { status, ...wait });
  }
  if (status >= 300 && status < 400) return redirected(answer, request);
  if (status >= 500 || status === 408 || status === 425) {
    return upstreamFailure(`${service} failed (${status}); it is asked again at the next attempt${reason}`, {
      status,
      ...wait,
    });
  }
  return upstreamFailure(`${service} refused the request (${status})${reason || "; check the configuration"}`, {
    status,
    retryable: false,
  });
}

function keyRefused({ service, keyField }: JsonRequest, status: number, reason: string): HostError {
  const what = keyField ? `refused the key (${status}); check ${keyField}` : `refused access (${status})${reason}`;
  return upstreamFailure(`${service} ${what}`, { status, retryable: false });
}

function redirected({ status, headers }: Response, { service, secrets }: JsonRequest): HostError {
  const target = redact(headers.get("location") ?? "nowhere", secrets).slice(0, 200);
  return upstreamFailure(
    `${service} redirects to ${target} (${status}); check the endpoint, or whether the network wants a sign-in`,
    { status },
  );
}

/** The sentence many services put beside a status, `""` when there is none. */
function upstreamReason(body: string, secrets: readonly Secret[] = []): string {
  let view: JsonView;
  try {
    view = new JsonView(JSON.parse(body) as JsonValue);
  } catch {
    return "";
  }
  const said = view.text("message") ?? view.text("reason") ?? view.text("error") ?? view.text("error", "message");
  return said === undefined ? "" : `: ${redact(said, secrets).slice(0, 300)}`;
}
