import { errorMessage } from "@berth/base";
import { type ErrorCode, isHostError } from "@berth/contract";

/** What of a connection an error is about. */
export interface Attempt {
  syscall: string;
  host?: string;
  port?: number;
}

/** An error as Node's own sockets have it: clients go by `code`. */
export interface SystemError extends Error {
  code: string;
  syscall: string;
  address?: string;
  hostname?: string;
  port?: number;
}

/**
 * What the host said, as an error of the operating system: its own code where it had one, `EACCES` for what was not granted, `EMFILE`
 * for a connection too many. The message keeps the host's sentence, which says what to do.
 */
export function systemError(error: unknown, { syscall, host, port }: Attempt): SystemError {
  const code = codeOf(error);
  const place = host === undefined ? "" : port === undefined ? ` ${host}` : ` ${host}:${port}`;
  const made: SystemError = Object.assign(
    new Error(`${syscall} ${code}${place}: ${errorMessage(error)}`, { cause: error }),
    { code, syscall },
  );
  if (host !== undefined && code === "ENOTFOUND") Object.assign(made, { hostname: host, syscall: "getaddrinfo" });
  else if (host !== undefined) made.address = host;
  if (port !== undefined) made.port = port;
  return made;
}

const CODES: Partial<Record<ErrorCode, string>> = {
  PERMISSION_DENIED: "EACCES",
  LIMIT_EXCEEDED: "EMFILE",
  CONTRACT_BROKEN: "EINVAL",
};

function codeOf(error: unknown): string {
  if (!isHostError(error)) return "ECONNRESET";
  const reason = (error.details as Record<string, unknown> | undefined)?.["reason"];
  const known = typeof reason === "string" && /^E[A-Z_]+$/.test(reason) ? reason : undefined;
  return CODES[error.code] ?? known ?? "ECONNRESET";
}
