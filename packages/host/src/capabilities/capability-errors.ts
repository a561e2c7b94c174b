import { errorMessage, neutraliseLine } from "@berth/base";
import { HostError } from "@berth/contract";

/** The plugin asked for something that makes no sense: a wrong type, a malformed address. */
export function malformed(message: string): HostError {
  return new HostError("CONTRACT_BROKEN", message);
}

/** The host did what was asked, and it did not work out. */
export function failed(message: string, cause?: unknown): HostError {
  return new HostError("CAPABILITY_FAILED", message, cause === undefined ? {} : { cause });
}

/** Over a bound; `fix` names what raises it. */
export function overLimit(message: string, fix?: string): HostError {
  return new HostError("LIMIT_EXCEEDED", fix === undefined ? message : `${message}; ${fix}`);
}

/** Text of a plugin as it may stand in a message. */
export function quoted(text: string): string {
  return `"${neutraliseLine(text, 200)}"`;
}

/** The code of an operating system or library error, else its message. */
export function reasonOf(error: unknown): string {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  return typeof code === "string" ? code : neutraliseLine(errorMessage(error), 200);
}
