import { type Capabilities, isHostError } from "@berth/contract";
import { createFetch } from "@berth/sdk/runtime";
import { systemError } from "./system-error.ts";

/**
 * Makes the global `fetch` the host's. It fails as the web's does, with a `TypeError` whose cause says why, or with the reason of the
 * signal. The result puts Node's own way back.
 */
export function routeFetch(capabilities: Pick<Capabilities, "fetch">): Disposable {
  const before = globalThis.fetch;
  const brokered = createFetch(capabilities);
  globalThis.fetch = async (input, init) => {
    const request = new Request(input, init);
    try {
      return await brokered(request);
    } catch (error) {
      if (request.signal.aborted) throw request.signal.reason;
      if (!isHostError(error)) throw error;
      const { hostname } = new URL(request.url);
      // oxlint-disable-next-line preserve-caught-error -- it is the cause of the cause
      throw new TypeError("fetch failed", { cause: systemError(error, { syscall: "fetch", host: hostname }) });
    }
  };
  return { [Symbol.dispose]: () => void (globalThis.fetch = before) };
}
