/** The message of anything that was thrown. */
export function errorMessage(thrown: unknown): string {
  if (thrown instanceof Error) return thrown.message || thrown.name;
  return typeof thrown === "string" ? thrown : `a thrown ${thrown === null ? "null" : typeof thrown}`;
}

/** Messages from the error down its cause chain, at most eight, cycles cut. */
export function causeChain(thrown: unknown): string[] {
  const seen = new Set<unknown>();
  const messages: string[] = [];
  for (let error = thrown; error !== undefined && !seen.has(error) && messages.length < 8;) {
    seen.add(error);
    messages.push(errorMessage(error));
    error = error instanceof Error ? error.cause : undefined;
  }
  return messages;
}
