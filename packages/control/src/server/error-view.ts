import { errorMessage } from "@berth/base";
import { isHostError } from "@berth/contract";
import type { ErrorView } from "../wire/views.ts";

/** Enough to tell what happened. */
const MOST_CHARACTERS = 4_096;

/** An error as it is told: what is no HostError is a plugin's. */
export function errorView(error: unknown): ErrorView {
  const message = errorMessage(error).slice(0, MOST_CHARACTERS);
  if (!isHostError(error)) return { code: "PLUGIN_FAILED", message };
  return { code: error.code, message, ...(error.details === undefined ? {} : { details: error.details }) };
}
