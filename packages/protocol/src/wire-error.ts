import { errorMessage, neutralise } from "@berth/base";
import { ERROR_CODES, type ErrorCode, HostError, isHostError } from "@berth/contract";
import { boundedJson } from "./bounded-json.ts";
import type { WireError } from "./link.ts";

/** Which end of the conversation this is. The host trusts nothing that comes; a plugin trusts its host. */
export type Side = "host" | "plugin";

/** Numbers that JSON-RPC 2.0 gives; what Berth knows of an error is in its `data`. */
export const RPC_CODES = { methodNotFound: -32_601, invalidParams: -32_602, failed: -32_000 } as const;

/** In characters: enough to tell what happened, too little to fill a log with. */
const MAX_MESSAGE = 4_096;
const MAX_STACK = 8_192;
const MAX_CAUSES = 20;
const DETAILS_BOUND = { bytes: 64 * 2 ** 10, depth: 32 };

/** The error for parameters that a method cannot take; it crosses with the number that JSON-RPC gives it. */
export function invalidParams(method: string, why: string): HostError {
  return new HostError("CONTRACT_BROKEN", `Cannot take the parameters of ${method}: ${why}`, {
    details: { rpcCode: RPC_CODES.invalidParams },
  });
}

/** The error for a method that nobody handles. */
export function methodNotFound(method: string): HostError {
  return new HostError("CONTRACT_BROKEN", `Cannot call ${method.slice(0, 100)}: there is no such method`, {
    details: { rpcCode: RPC_CODES.methodNotFound },
  });
}

/**
 * Anything thrown, as it crosses. What is no {@link HostError} is the fault of the side that threw it. The host's stack does not
 * leave the host.
 */
export function toWireError(thrown: unknown, side: Side): WireError {
  const own = isHostError(thrown) ? thrown : undefined;
  const details = own?.details === undefined ? undefined : boundedJson(own.details, DETAILS_BOUND);
  const stack = side === "plugin" && thrown instanceof Error ? thrown.stack : undefined;
  return {
    code: rpcCodeOf(details) ?? RPC_CODES.failed,
    message: errorMessage(thrown).slice(0, MAX_MESSAGE),
    data: {
      code: own?.code ?? (side === "plugin" ? "PLUGIN_FAILED" : "INVARIANT_BROKEN"),
      ...(details === undefined ? {} : { details }),
      causes: causesOf(thrown),
      ...(typeof stack === "string" ? { stack: stack.slice(0, MAX_STACK) } : {}),
    },
  };
}

/** Whether `value` has the form of an error of JSON-RPC 2.0. */
export function isWireError(value: unknown): value is WireError {
  if (typeof value !== "object" || value === null) return false;
  const { code, message } = value as Partial<WireError>;
  return Number.isSafeInteger(code) && typeof message === "string";
}

/**
 * The error that the other side sent, built again: code, message, details, causes as nested errors, stack. To the host a code that
 * is unknown, or that would make it the host's own fault, is `PLUGIN_FAILED`.
 */
export function fromWireError(error: WireError, side: Side): HostError {
  const data = typeof error.data === "object" && error.data !== null ? (error.data as Record<string, unknown>) : {};
  const clean = side === "host" ? neutralise : cut;
  // What a program that knows only JSON-RPC says is kept for who reads the error.
  const details =
    typeof data["code"] === "string" ? boundedJson(data["details"], DETAILS_BOUND) : { rpcCode: error.code };
  const built = new HostError(codeOf(error, data, side), clean(error.message, MAX_MESSAGE), {
    ...(details === undefined ? {} : { details }),
    ...causeOf(data["causes"], clean),
  });
  const { stack } = data;
  if (typeof stack === "string") {
    Object.defineProperty(built, "stack", { value: clean(stack, MAX_STACK), writable: true, configurable: true });
  }
  return built;
}

function cut(text: string, maxLength: number): string {
  return text.slice(0, maxLength);
}

function codeOf(error: WireError, data: Record<string, unknown>, side: Side): ErrorCode {
  const { code } = data;
  if (typeof code !== "string" || !Object.hasOwn(ERROR_CODES, code)) {
    return error.code === RPC_CODES.methodNotFound || error.code === RPC_CODES.invalidParams
      ? "CONTRACT_BROKEN"
      : "PLUGIN_FAILED";
  }
  const known = code as ErrorCode;
  return side === "host" && ERROR_CODES[known].fault === "host" ? "PLUGIN_FAILED" : known;
}

function rpcCodeOf(details: unknown): number | undefined {
  const code = typeof details === "object" && details !== null && "rpcCode" in details ? details.rpcCode : undefined;
  return Number.isSafeInteger(code) ? (code as number) : undefined;
}

function causesOf(thrown: unknown): string[] {
  const seen = new Set<unknown>([thrown]);
  const messages: string[] = [];
  let error = thrown instanceof Error ? thrown.cause : undefined;
  while (error !== undefined && !seen.has(error) && messages.length < MAX_CAUSES) {
    seen.add(error);
    messages.push(errorMessage(error).slice(0, MAX_MESSAGE));
    error = error instanceof Error ? error.cause : undefined;
  }
  return messages;
}

function causeOf(causes: unknown, clean: typeof cut): { cause?: Error } {
  if (!Array.isArray(causes)) return {};
  let cause: Error | undefined;
  for (const text of causes.slice(0, MAX_CAUSES).toReversed()) {
    if (typeof text === "string") cause = new Error(clean(text, MAX_MESSAGE), cause === undefined ? {} : { cause });
  }
  return cause === undefined ? {} : { cause };
}
