import type { Capabilities } from "@berth/contract";
import type { CapabilityScope } from "../capability-scope.ts";
import { lazily } from "../lazily.ts";
import type { ExecBroker } from "./exec-broker.ts";

/** `exec` for a plugin; the broker behind it is made by the first program. */
export function createExecCapability(
  scope: CapabilityScope,
  makeBroker: () => Promise<ExecBroker>,
): Pick<Capabilities, "exec"> {
  const broker = lazily(makeBroker);
  return { exec: (request, signal) => scope.run(signal, async (ended) => (await broker()).exec(request, ended)) };
}
