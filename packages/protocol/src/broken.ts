import { HostError } from "@berth/contract";

/** What ends a conversation in which the other side did not keep to the protocol. */
export function protocolBroken(what: string, cause?: unknown): HostError {
  return new HostError(
    "PROTOCOL_BROKEN",
    `Cannot go on talking: the other side broke the protocol: ${what}`,
    cause === undefined ? {} : { cause },
  );
}
