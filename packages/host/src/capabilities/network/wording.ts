import { isUnixSocket, type RequestTarget } from "@berth/kernel/permissions";

/** The ends of sentences that say why a plugin may not reach a host. */
export const NOT_GRANTED = "it was not granted; ask for it in permissions.network";
export const ASTRAY =
  "its name leads to this machine or its network; only an address, localhost or a configured host may, each by its own name";

/** Host and port in one text. */
export function placeOf({ host, port }: RequestTarget): string {
  if (isUnixSocket(host)) return host;
  return `${host.includes(":") ? `[${host}]` : host}:${port}`;
}
