/** How calls were given up, for the suite to ask about. */
export const given: string[] = [];

/** Waits until the call is given up, and says how it was. */
export async function untilGivenUp(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    const onAbort = (): void => {
      given.push(signal.reason instanceof Error ? signal.reason.message : String(signal.reason));
      reject(signal.reason as Error);
    };
    if (signal.aborted) onAbort();
    else signal.addEventListener("abort", onAbort, { once: true });
  });
}
