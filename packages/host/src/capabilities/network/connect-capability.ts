import type { Capabilities } from "@berth/contract";
import type { CapabilityScope } from "../capability-scope.ts";
import { lazily } from "../lazily.ts";
import type { ConnectBroker } from "./connect-broker.ts";

/** `connect` for a plugin; the broker behind it is made by the first connection. */
export function createConnectCapability(
  scope: CapabilityScope,
  makeBroker: () => Promise<ConnectBroker>,
): Pick<Capabilities, "connect"> {
  const broker = lazily(makeBroker);
  return { connect: (request, signal) => scope.run(signal, async (ended) => (await broker()).connect(request, ended)) };
}
