import type { ServerResponse } from "node:http";
import type { AnswerMode, Recording } from "./recording.ts";

/** More than the SDK and the host take from a service. */
const HUGE_BYTES = 12 * 1024 * 1024;
const CHUNK = "x".repeat(64 * 1024);

/** What goes out for a recording in a mode, the mode's fault included. */
export function answer(response: ServerResponse, recording: Recording, mode: AnswerMode, retryAfter: string): void {
  if (recording.mode === mode && mode !== "truncated")
    return sendWhole(response, recording, retryAfterOf(mode, retryAfter));
  switch (mode) {
    case "ok":
    case "slow":
      return sendWhole(response, recording);
    case "malformed":
      return send(response, 200, { "content-type": "application/json" }, `${bodyOf(recording).slice(0, -2)},,`);
    case "unauthorized":
      return send(response, 401, { "content-type": "application/json" }, '{"message":"unauthorized"}');
    case "rate-limited":
      return send(response, 429, { "content-type": "application/json", "retry-after": retryAfter }, "{}");
    case "server-error":
      return send(response, 500, { "content-type": "text/html" }, "<h1>Internal Server Error</h1>");
    case "truncated":
      return sendHalf(response, recording);
    case "wrong-type":
      return send(response, 200, { "content-type": "text/html" }, "<!doctype html><title>Sign in</title>");
    case "missing-fields":
      return send(response, 200, { "content-type": "application/json" }, "{}");
    case "huge":
      return sendHuge(response);
    case "redirect":
      return send(response, 302, { location: "http://sign-in.example/portal?from=somewhere" }, "");
  }
}

function retryAfterOf(mode: AnswerMode, retryAfter: string): Record<string, string> {
  return mode === "rate-limited" ? { "retry-after": retryAfter } : {};
}

function bodyOf({ response: { body } }: Recording): string {
  return typeof body === "string" ? body : JSON.stringify(body);
}

function sendWhole(response: ServerResponse, recording: Recording, more: Record<string, string> = {}): void {
  const headers = { "content-type": "application/json; charset=utf-8", ...more, ...recording.response.headers };
  send(response, recording.response.status, headers, bodyOf(recording));
}

function send(response: ServerResponse, status: number, headers: Record<string, string>, body: string): void {
  response.writeHead(status, headers).end(body);
}

/** The length promises the whole body, the connection ends after half of it. */
function sendHalf(response: ServerResponse, recording: Recording): void {
  const body = Buffer.from(bodyOf(recording));
  response.writeHead(200, { "content-type": "application/json", "content-length": String(body.length) });
  response.write(body.subarray(0, Math.floor(body.length / 2)), () => response.socket?.destroy());
}

function sendHuge(response: ServerResponse): void {
  response.writeHead(200, { "content-type": "application/json" });
  let left = HUGE_BYTES;
  const more = (): void => {
    while (left > 0 && !response.destroyed) {
      left -= CHUNK.length;
      if (!response.write(CHUNK)) return void response.once("drain", more);
    }
    response.end();
  };
  more();
}
