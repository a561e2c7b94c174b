import { causeChain, errorMessage, neutralise } from "@berth/base";
import { type HostError, isHostError } from "@berth/contract";
import type { CommandContext } from "./command-context.ts";
import { EXIT } from "./exit-codes.ts";

/**
 * Says what went wrong and gives the exit code: 2 for what the user can mend in a command line or a file, 1 for the rest. With
 * `asJson` the error is a JSON document on standard output, as programs expect.
 */
export function reportError(context: Pick<CommandContext, "out" | "err">, error: unknown, asJson: boolean): number {
  if (asJson) context.out.write(`${JSON.stringify({ version: 1, error: toJson(error) })}\n`);
  else context.err.write(`${neutralise(toText(error))}\n`);
  return isUsage(error) ? EXIT.usage : EXIT.failed;
}

const USAGE_CODES: ReadonlySet<HostError["code"]> = new Set<HostError["code"]>([
  "CONFIG_INVALID",
  "CONFIG_NOT_FOUND",
  "CONFIG_EXISTS",
  "MANIFEST_INVALID",
  "CALL_UNKNOWN_CONTRIBUTION",
  "PLUGIN_NOT_FOUND",
]);

function isUsage(error: unknown): boolean {
  return isHostError(error) && USAGE_CODES.has(error.code);
}

function toJson(error: unknown): object {
  if (!isHostError(error)) return { code: "INVARIANT_BROKEN", message: errorMessage(error) };
  const { code, message, details } = error;
  return { code, message, ...(details === undefined ? {} : { details }) };
}

function toText(error: unknown): string {
  // It says in one line why, whose doing it is, and what to do.
  if (isHostError(error, "PLUGIN_REQUIRED")) return `berth: ${error.message}`;
  const [message = "", ...causes] = causeChain(error);
  const because = causes.filter((cause) => !message.includes(cause)).map((cause) => `\n  because: ${cause}`);
  const help = isHostError(error) && !isUsage(error) ? `\n  ${error.info.help} (${error.code})` : "";
  return `berth: ${message}${because.join("")}${help}`;
}
