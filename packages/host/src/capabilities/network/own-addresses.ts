import { networkInterfaces } from "node:os";
import { type Destination, isSameAddress, parseNetworkEntry } from "@berth/kernel/permissions";

/**
 * Whether `address` is one of this machine's own. A machine may have a public one, and what comes to that from the machine itself
 * passes no firewall: it is as good as loopback.
 */
export function isOwnAddress(address: string): boolean {
  return Object.values(networkInterfaces()).some((all = []) => all.some((own) => isSameAddress(own.address, address)));
}

/** Whether a destination that only a wildcard holds is an address of this machine, which takes a grant of its own. */
export function leadsHome({ host, reach, entry }: Destination, isOwn = isOwnAddress): boolean {
  return reach === "literal" && parseNetworkEntry(entry)?.hosts.host === "*" && isOwn(host);
}
