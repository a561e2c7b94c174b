import { type FailureDetails, type JsonView, redact, upstreamFailure } from "@berth/sdk";
import type { Settings } from "./settings.ts";

/** Alpha Vantage says no with status 200, a sentence in one of these fields, and at times the key in the sentence. */
const FIELDS = ["Error Message", "Note", "Information"] as const;

const SECOND = 1_000;
const MINUTE = 60_000;
const HOUR = 3_600_000;

/** Told apart by the sentence, the first that fits: a notice of a limit speaks of the key too. */
const KINDS: readonly { says: RegExp; means: string; details: FailureDetails }[] = [
  {
    says: /invalid api call/i,
    means: "did not understand the request; check symbol",
    details: { status: 400, retryable: false },
  },
  {
    says: /per second|spreading out/i,
    means: "wants at most one request a second; ask again in 2 s",
    details: { status: 429, retryAfterMs: 2 * SECOND },
  },
  {
    says: /calls? per minute|requests? per minute|call frequency/i,
    means: "had too many requests in a minute; ask again in 60 s",
    details: { status: 429, retryAfterMs: MINUTE },
  },
  {
    says: /per day|daily|rate limit/i,
    means: "allows this key no more requests today; ask again in 1 h at the earliest, and less often",
    details: { status: 429, retryAfterMs: HOUR },
  },
  { says: /api ?key/i, means: "refused the key; check api_key", details: { status: 401, retryable: false } },
  { says: /premium/i, means: "gives this only to paying users", details: { status: 403, retryable: false } },
];

/** The error in an answer that looks like a success, if it is one. */
export function refusalOf(answer: JsonView, { key }: Settings): Error | undefined {
  const said = FIELDS.map((field) => answer.text(field)).find((text) => text !== undefined);
  if (said === undefined) return undefined;
  const kind = KINDS.find(({ says }) => says.test(said));
  const sentence = redact(said, [key]).slice(0, 300);
  if (!kind) return upstreamFailure(`Alpha Vantage answered with a notice in place of data: ${sentence}`);
  return upstreamFailure(`Alpha Vantage ${kind.means} (it says: ${sentence})`, kind.details);
}
