import { posix } from "node:path";

const PREFIX = "unix:";
/** What a socket has in place of a port. */
export const NO_PORT = 0;
/** The longest address a system takes is 108 bytes. */
const FORM = /^unix:(?:\/\/)?(\/[^\s\0*?]{1,107})$/;

/**
 * A socket in the file system as a host, `unix:/var/run/docker.sock`, in its one spelling; `undefined` for what is none. Whoever reaches
 * one reaches whatever listens there with the rights of the host, so it is held by no wildcard and only by its own name.
 */
export function parseUnixSocket(text: string): string | undefined {
  const path = FORM.exec(text)?.[1];
  if (path === undefined || path.endsWith("/")) return undefined;
  return PREFIX + posix.normalize(path).replace(/^\/+/, "/");
}

/** Whether a host in canonical spelling is a socket. */
export function isUnixSocket(host: string): boolean {
  return host.startsWith(`${PREFIX}/`);
}

/** Where to find the socket. */
export function unixSocketPath(host: string): string {
  return host.slice(PREFIX.length);
}
