/** What became of a request: taken, to be sent again, or refused for good. */
export type Verdict = "taken" | "again" | "refused";

/** By the status: too many requests, time-outs and what servers answer while they are not well pass; other refusals do not. */
export function verdictOf(status: number): Verdict {
  if (status >= 200 && status < 300) return "taken";
  return status === 408 || status === 425 || status === 429 || status >= 500 ? "again" : "refused";
}
