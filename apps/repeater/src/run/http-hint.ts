import { parseDuration } from "../flags/duration.ts";

/** How answers are read. */
export interface HttpRules {
  minDelayMs: number;
  maxDelayMs: number;
  parseJson: boolean;
  parseHeaders: boolean;
  /** Whether every 4xx is believed. */
  trustClient: boolean;
  /** Beside the usual ones; `a.b` for a field within another. */
  customFields: readonly string[];
}

/** Where services say how many seconds to wait. */
const JSON_FIELDS = ["retry_after", "retryAfter", "error.retry_after", "rate_limit.reset_in", "backoff.delay"];

/** Of the client's errors, those that say something about the service. */
const BELIEVED_CLIENT_ERRORS = new Set([403, 429]);

const STATUS_LINE = /^HTTP\/\d(?:\.\d)? (\d{3})[^\r\n]*\r?$/gm;

/**
 * How long the last answer in a command's output asks to wait, in whole seconds rounded up, as milliseconds between the least and
 * the most; `undefined` when there is no answer, or it asks for nothing.
 */
export function httpHint(output: string, rules: HttpRules, nowMs: number): number | undefined {
  // Redirects and proxies answer before: what counts is the last.
  const answers = [...output.matchAll(STATUS_LINE)];
  const last = answers.at(-1);
  if (!last || !isBelieved(Number(last[1]), rules)) return undefined;
  const [head, body] = splitAnswer(output.slice(last.index));
  const seconds =
    (rules.parseHeaders ? fromHeaders(head, nowMs) : undefined) ??
    (rules.parseJson ? fromJson(body, rules) : undefined);
  if (seconds === undefined) return undefined;
  return Math.min(Math.max(Math.ceil(seconds) * 1_000, rules.minDelayMs), rules.maxDelayMs);
}

function isBelieved(status: number, { trustClient }: HttpRules): boolean {
  if (status < 300) return false;
  return status < 400 || status >= 500 || trustClient || BELIEVED_CLIENT_ERRORS.has(status);
}

function splitAnswer(text: string): [head: string, body: string] {
  const end = /\r?\n\r?\n/.exec(text);
  return end ? [text.slice(0, end.index), text.slice(end.index + end[0].length)] : [text, ""];
}

function fromHeaders(head: string, nowMs: number): number | undefined {
  const value = /^retry-after:[ \t]*([^\r\n]*?)[ \t]*\r?$/im.exec(head)?.[1];
  if (value === undefined) return undefined;
  if (/^\d+$/.test(value)) return Number(value);
  // The other form that the standard has is a date, always in GMT.
  const at = value.endsWith("GMT") ? Date.parse(value) : NaN;
  return at > nowMs ? (at - nowMs) / 1_000 : undefined;
}

function fromJson(body: string, { customFields }: HttpRules): number | undefined {
  const start = body.indexOf("{");
  const end = body.lastIndexOf("}");
  if (start < 0 || end < start) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(body.slice(start, end + 1));
  } catch {
    return undefined;
  }
  for (const path of [...customFields, ...JSON_FIELDS]) {
    const seconds = asSeconds(valueAt(value, path));
    if (seconds !== undefined) return seconds;
  }
  return undefined;
}

function valueAt(value: unknown, path: string): unknown {
  // A name with a dot in it may stand there as it is.
  if (isObject(value) && Object.hasOwn(value, path)) return value[path];
  return path
    .split(".")
    .reduce<unknown>((found, key) => (isObject(found) && Object.hasOwn(found, key) ? found[key] : undefined), value);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}

function asSeconds(value: unknown): number | undefined {
  const seconds = typeof value === "string" ? secondsOf(value) : value;
  return typeof seconds === "number" && Number.isFinite(seconds) && seconds >= 0 ? seconds : undefined;
}

function secondsOf(text: string): number | undefined {
  if (/^\d+(?:\.\d+)?$/.test(text)) return Number(text);
  const ms = parseDuration(text);
  return ms === undefined ? undefined : ms / 1_000;
}
