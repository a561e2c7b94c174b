import { causeChain, errorMessage, type JsonValue } from "@berth/base";
import { ERROR_CODES, type ErrorCode, HostError, isHostError } from "@berth/contract";

/** `failure` of the world. */
export interface WitFailure {
  code: string;
  message: string;
  details: string | undefined;
  causes: readonly string[];
}

/** Anything thrown, as a component sees it. */
export function failureOf(thrown: unknown): WitFailure {
  const known = isHostError(thrown) ? thrown : undefined;
  return {
    code: known?.code ?? "CAPABILITY_FAILED",
    message: errorMessage(thrown).toWellFormed(),
    details: known?.details === undefined ? undefined : JSON.stringify(known.details),
    causes: causeChain(thrown)
      .slice(1)
      .map((cause) => cause.toWellFormed()),
  };
}

const MOST_CAUSES = 20;

/** What a component says went wrong, as an error. A code that is none, or the host's own fault, is `PLUGIN_FAILED`. */
export function errorOf({ code, message, details, causes }: WitFailure): HostError {
  const isKnown = Object.hasOwn(ERROR_CODES, code) && ERROR_CODES[code as ErrorCode].fault !== "host";
  let cause: Error | undefined;
  for (const text of causes.slice(0, MOST_CAUSES).toReversed()) cause = new Error(text, cause && { cause });
  const facts = details === undefined ? undefined : parsed(details);
  return new HostError(isKnown ? (code as ErrorCode) : "PLUGIN_FAILED", message, {
    ...(facts === undefined ? {} : { details: facts }),
    ...(cause ? { cause } : {}),
  });
}

function parsed(json: string): JsonValue | undefined {
  try {
    return JSON.parse(json) as JsonValue;
  } catch {
    return undefined; // The message is what counts.
  }
}
