import type { LookupFunction } from "node:net";
import { type Destination, isReachable } from "@berth/kernel/permissions";
import type { Lookup, ResolvedAddress } from "./lookup.ts";
import { isOwnAddress } from "./own-addresses.ts";

/**
 * The name resolution of one connection: whatever addresses the name has, only those its destination may end at are handed to the
 * socket. The socket connects to what it is handed, so there is no second look-up that could give another answer.
 *
 * @param refuse makes the error when no address is left.
 */
export function guardedLookup(
  destination: Destination,
  lookup: Lookup,
  refuse: (addresses: readonly ResolvedAddress[]) => Error,
  isOwn = isOwnAddress,
): LookupFunction {
  const mayReach = ({ address }: ResolvedAddress): boolean =>
    isReachable(destination, address) && !(destination.reach === "public" && isOwn(address));
  const resolve = async (host: string, family: number): Promise<ResolvedAddress[]> => {
    const found = (await lookup(host)).filter((each) => family === 0 || each.family === family);
    const allowed = found.filter(mayReach);
    if (allowed.length === 0) throw refuse(found);
    return allowed;
  };
  return (host, options, answer) => {
    const family = options.family === "IPv4" ? 4 : options.family === "IPv6" ? 6 : (options.family ?? 0);
    resolve(host, family).then(
      (addresses) => {
        if (options.all === true) answer(null, addresses);
        else answer(null, addresses[0]!.address, addresses[0]!.family);
      },
      (error: Error) => answer(error, "", 0),
    );
  };
}
