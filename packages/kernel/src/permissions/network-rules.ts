import type { BoundGrant } from "./bind-grant.ts";
import { type HostPattern, isLocalHost, matchesHost, parseHostPattern } from "./host-pattern.ts";
import { addressReach, isSameAddress, parseAddress } from "./ip-address.ts";
import type { RequestTarget } from "./request-target.ts";

/** The hosts of a grant, read once. */
export interface NetworkRules {
  readonly named: readonly HostPattern[];
  readonly configured: readonly HostPattern[];
}

/**
 * A target the grant holds, and which addresses a connection to it may end at. A name says nothing of its address: whoever owns
 * the name may point it at this machine (DNS rebinding), so the address connected to is checked by {@link isReachable}.
 */
export interface Destination extends RequestTarget {
  /**
   * `literal`: the host is an address and exactly that one. `public`: only the internet. `loopback`: `localhost`, named.
   * `own-network`: a name the operator configured; also the own network, but never link-local, where metadata services are.
   */
  readonly reach: "literal" | "public" | "loopback" | "own-network";
}

/** Reads the hosts of a grant; entries that are no host pattern hold nothing. */
export function networkRules(grant: Pick<BoundGrant, "network" | "configuredHosts">): NetworkRules {
  const parse = (entries: readonly string[]): HostPattern[] =>
    entries.map(parseHostPattern).filter((pattern) => pattern !== undefined);
  return { named: parse(grant.network), configured: parse(grant.configuredHosts) };
}

/** The destination a target is under these rules; `undefined` when no rule holds it. */
export function destinationOf(rules: NetworkRules, target: RequestTarget): Destination | undefined {
  const { host, port } = target;
  const isHeldBy = (patterns: readonly HostPattern[]): boolean =>
    patterns.some((pattern) => matchesHost(pattern, host, port));
  const isConfigured = isHeldBy(rules.configured);
  if (!isConfigured && !isHeldBy(rules.named)) return undefined;
  if (parseAddress(host)) return { host, port, reach: "literal" };
  if (isConfigured) return { host, port, reach: "own-network" };
  return { host, port, reach: isLocalHost(host) ? "loopback" : "public" };
}

/** Whether a connection to `destination` may end at `address`. */
export function isReachable(destination: Destination, address: string): boolean {
  if (destination.reach === "literal") return isSameAddress(destination.host, address);
  const reach = addressReach(address);
  return destination.reach === "own-network" ? reach !== "special" : reach === destination.reach;
}
