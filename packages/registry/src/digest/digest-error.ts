import { errorMessage, neutraliseLine } from "@berth/base";
import { HostError } from "@berth/contract";

/** `Cannot pin the folder /srv/plugins/weather: it holds a link …`. */
export function digestError(folder: string, why: string, details: { path?: string; cause?: unknown } = {}): HostError {
  const { path, cause } = details;
  const message = `Cannot pin the folder ${neutraliseLine(folder)}: ${why}`;
  return new HostError("DIGEST_FAILED", message, {
    details: { folder, ...(path === undefined ? {} : { path }) },
    ...(cause === undefined ? {} : { cause }),
  });
}

/** The same for a file that could not be looked at or read. */
export function unreadable(folder: string, path: string, cause: unknown): HostError {
  return digestError(folder, `${neutraliseLine(path)} cannot be read: ${neutraliseLine(errorMessage(cause))}`, {
    path,
    cause,
  });
}
