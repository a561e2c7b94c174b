import type { Capabilities } from "@berth/contract";
import type { CapabilityScope } from "../capability-scope.ts";
import { lazily } from "../lazily.ts";
import type { FetchBroker } from "./fetch-broker.ts";

/** `fetch` for a plugin; the broker behind it is made by the first request. */
export function createFetchCapability(
  scope: CapabilityScope,
  makeBroker: () => Promise<FetchBroker>,
): Pick<Capabilities, "fetch"> {
  const broker = lazily(makeBroker);
  return { fetch: (request, signal) => scope.run(signal, async (ended) => (await broker()).fetch(request, ended)) };
}
