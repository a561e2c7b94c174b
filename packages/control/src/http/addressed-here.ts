import { isIP } from "node:net";
import type { ListenAddress } from "@berth/kernel/config";

/**
 * Whether a request names this server by its address, where only this machine is meant to read it. A page in a browser here could have a
 * domain of its own point at the loopback address, and read the answers as its own; it cannot change the `Host` that is sent.
 */
export function isAddressedHere(hostHeader: string | undefined, listen: ListenAddress): boolean {
  if (!isLoopback(listen.host) || hostHeader === undefined) return true;
  const name = hostHeader.replace(/:\d*$/, "").replace(/^\[(.*)\]$/, "$1");
  return name === "localhost" || isIP(name) !== 0;
}

function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || host.startsWith("127.");
}
