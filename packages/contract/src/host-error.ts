import { type JsonValue, causeChain } from "@berth/base";
import { ERROR_CODES, type ErrorCode, type ErrorInfo } from "./error-codes.ts";

/** An error as it crosses a process, a thread or a network. */
export interface ErrorRecord {
  code: ErrorCode;
  message: string;
  details?: JsonValue;
  /** Messages of the causes, nearest first. */
  causes: string[];
  stack?: string;
}

/**
 * Who is denied something is at fault: a plugin that reaches for what it was not granted, or (details: `fault: "caller"`) whoever
 * calls a plugin without the permission it demands. The latter says nothing about the plugin, and must not open its breaker.
 */
const DENIED_TO_CALLER: ErrorInfo = {
  fault: "caller",
  status: 403,
  retry: false,
  help: "Let the caller have the permission (grant.may in berth.yaml), if you trust it with that",
};

const BRAND = Symbol.for("berth.HostError");

/**
 * The one error class of Berth. What happened is told by `code`; the class is not extended.
 *
 * @example
 * const error = new HostError("PLUGIN_NOT_FOUND", 'No plugin is named "wether"; did you mean "weather"?');
 * error.info.status; // 404
 */
export class HostError extends Error {
  readonly code: ErrorCode;
  /** Structured facts for programs, JSON. */
  readonly details: JsonValue | undefined;
  readonly [BRAND] = true;

  constructor(code: ErrorCode, message: string, options: { details?: JsonValue; cause?: unknown } = {}) {
    super(message, "cause" in options ? { cause: options.cause } : undefined);
    this.name = "HostError";
    this.code = code;
    this.details = options.details;
  }

  get info(): ErrorInfo {
    return this.code === "PERMISSION_DENIED" && isOfCaller(this.details) ? DENIED_TO_CALLER : ERROR_CODES[this.code];
  }

  toRecord(): ErrorRecord {
    return {
      code: this.code,
      message: this.message,
      ...(this.details === undefined ? {} : { details: this.details }),
      causes: causeChain(this).slice(1),
      ...(this.stack === undefined ? {} : { stack: this.stack }),
    };
  }
}

function isOfCaller(details: JsonValue | undefined): boolean {
  return typeof details === "object" && details !== null && !Array.isArray(details) && details["fault"] === "caller";
}

/** Whether `thrown` is a {@link HostError}, of any copy of this package, and of `code` if one is given. */
export function isHostError(thrown: unknown, code?: ErrorCode): thrown is HostError {
  return thrown instanceof Error && BRAND in thrown && (code === undefined || (thrown as HostError).code === code);
}
