/** The part of `fetch` that is used here, so that a test or the host may hand in its own. */
export type FetchFunction = (url: string, init: RequestInit) => Promise<Response>;

/**
 * Gets a whole body of at most `mostBytes`. Redirects are errors: an answer decides nothing about where we go.
 *
 * @throws Error that says what the server answered.
 */
export async function fetchBounded(
  fetch: FetchFunction,
  url: string,
  init: { headers?: Record<string, string>; signal: AbortSignal; mostBytes: number },
): Promise<Uint8Array> {
  const { mostBytes, ...rest } = init;
  const response = await fetch(url, { ...rest, redirect: "error" });
  if (!response.ok) {
    await response.body?.cancel();
    throw new Error(`it answered ${response.status}${hint(response.status)}`);
  }
  const parts: Uint8Array[] = [];
  let bytes = 0;
  for await (const part of response.body ?? []) {
    bytes += part.byteLength;
    if (bytes > mostBytes) throw new Error(`it sent more than ${mostBytes} bytes`);
    parts.push(part);
  }
  return Buffer.concat(parts);
}

function hint(status: number): string {
  if (status === 401 || status === 403) return ": check the key";
  return status === 429 ? ": the key's allowance is used up" : "";
}
