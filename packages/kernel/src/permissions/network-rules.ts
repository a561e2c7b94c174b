import type { BoundGrant } from "./bind-grant.ts";
import { isLocalHost, matchesHost } from "./host-pattern.ts";
import { addressReach, isSameAddress, parseAddress } from "./ip-address.ts";
import { type NetworkEntry, parseNetworkEntry } from "./network-entry.ts";
import { matchesPath } from "./path-pattern.ts";
import type { RequestTarget } from "./request-target.ts";
import { isUnixSocket } from "./unix-socket.ts";

/** One entry of a grant, read once. */
export interface NetworkRule extends NetworkEntry {
  /** As the grant has it. */
  readonly text: string;
  /** Whether the operator wrote its host into a configuration. */
  readonly isConfigured: boolean;
}

/** The network entries of a grant. */
export type NetworkRules = readonly NetworkRule[];

/** What is wanted of a target: one HTTP request, or a connection for bytes the host does not read. */
export type NetworkUse = { readonly method: string; readonly path: string } | "connection";

/**
 * A target the grant holds, and which addresses a connection to it may end at. A name says nothing of its address: whoever owns
 * the name may point it at this machine (DNS rebinding), so the address connected to is checked by {@link isReachable}.
 */
export interface Destination extends RequestTarget {
  /**
   * `literal`: the host is an address and exactly that one. `public`: only the internet. `loopback`: `localhost`, named.
   * `socket`: a socket of this machine, named. `own-network`: a name the operator configured; also the own network, but never link-local, where metadata services are.
   */
  readonly reach: "literal" | "public" | "loopback" | "own-network" | "socket";
  /** The entry of the grant that holds it. */
  readonly entry: string;
}

/** Why a target is not held. */
export interface NetworkRefusal {
  /** `host`: no entry names it. `request`: some do, with other methods or paths. `connection`: some do, but only for requests. */
  readonly refused: "host" | "request" | "connection";
  /** The entries that name the host. */
  readonly entries: readonly string[];
}

/** Reads the network entries of a grant; those that mean nothing hold nothing. */
export function networkRules(grant: Pick<BoundGrant, "network" | "configuredHosts">): NetworkRules {
  const read = (texts: readonly string[], isConfigured: boolean): NetworkRule[] =>
    texts.flatMap((text) => {
      const entry = parseNetworkEntry(text);
      return entry ? [{ ...entry, text, isConfigured }] : [];
    });
  // Configured ones first: they let a name lead further.
  return [...read(grant.configuredHosts, true), ...read(grant.network, false)];
}

/** The destination a target is under these rules, or why it is none. */
export function findDestination(
  rules: NetworkRules,
  target: RequestTarget,
  use: NetworkUse,
): Destination | NetworkRefusal {
  const { host, port } = target;
  const naming = rules.filter((rule) => matchesHost(rule.hosts, host, port));
  const rule = naming.find((each) => isForUse(each, use));
  if (rule) return { host, port, reach: reachOf(rule, host), entry: rule.text };
  const entries = naming.map(({ text }) => text);
  return { refused: entries.length === 0 ? "host" : use === "connection" ? "connection" : "request", entries };
}

/** Whether a connection to `destination` may end at `address`. */
export function isReachable(destination: Destination, address: string): boolean {
  if (destination.reach === "socket") return false; // it has no address
  if (destination.reach === "literal") return isSameAddress(destination.host, address);
  const reach = addressReach(address);
  return destination.reach === "own-network" ? reach !== "special" : reach === destination.reach;
}

function isForUse({ methods, path }: NetworkRule, use: NetworkUse): boolean {
  if (use === "connection") return methods === undefined && path === undefined;
  return (methods === undefined || methods.includes(use.method)) && (path === undefined || matchesPath(path, use.path));
}

function reachOf({ isConfigured }: NetworkRule, host: string): Destination["reach"] {
  if (isUnixSocket(host)) return "socket";
  if (parseAddress(host)) return "literal";
  if (isConfigured) return "own-network";
  return isLocalHost(host) ? "loopback" : "public";
}
