import { errorMessage, neutraliseLine } from "@berth/base";
import { HostError } from "@berth/contract";

/** `Cannot pin the folder /srv/plugins/weather: it holds a link …`. */
export function digestError(
  folder: string,
  why: string,
  details: { path?: string; changed?: true; cause?: unknown } = {},
): HostError {
  const { path, changed, cause } = details;
  const message = `Cannot pin the folder ${neutraliseLine(folder)}: ${why}`;
  return new HostError("DIGEST_FAILED", message, {
    details: { folder, ...(path === undefined ? {} : { path }), ...(changed ? { changed } : {}) },
    ...(cause === undefined ? {} : { cause }),
  });
}

/** The folder itself, as a path in it. */
export const WHOLE = "it";

/** The same for a file that could not be looked at or read. */
export function unreadable(folder: string, path: string, cause: unknown): HostError {
  const isGone = path === WHOLE && (cause as NodeJS.ErrnoException | undefined)?.code === "ENOENT";
  const why = isGone ? "is not there" : `cannot be read: ${neutraliseLine(errorMessage(cause))}`;
  return digestError(folder, `${neutraliseLine(path)} ${why}`, { path, cause });
}

/** For a file that is not what it was a moment ago. */
export function changedMeanwhile(folder: string, path: string): HostError {
  return digestError(folder, `${neutraliseLine(path)} changed while it was read; try again`, { path, changed: true });
}

/** What the system says of a file that was there when its folder was listed. */
const GONE = new Set(["ENOENT", "ENOTDIR", "ELOOP", "EISDIR", "ESTALE"]);

/** Whether an error of this module comes from somebody who writes at the same time: it may be gone the next time. */
export function isFromChange(error: unknown): boolean {
  if (!(error instanceof HostError) || error.code !== "DIGEST_FAILED") return false;
  const { changed } = (error.details ?? {}) as { changed?: unknown };
  return changed === true || GONE.has(String((error.cause as NodeJS.ErrnoException | undefined)?.code));
}
