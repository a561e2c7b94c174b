import { nearest, neutraliseLine } from "@berth/base";
import { HostError, LOG_LEVELS, type LogLevel } from "@berth/contract";

/** @throws HostError `CONFIG_INVALID` that names the nearest level. */
export function parseLevel(given: string): LogLevel {
  const level = LOG_LEVELS.find((one) => one === given);
  if (level) return level;
  const near = nearest(given, LOG_LEVELS);
  throw new HostError(
    "CONFIG_INVALID",
    `No log level is named "${neutraliseLine(given, 50)}"; ${near === undefined ? "" : `did you mean "${near}"? `}${near === undefined ? "use" : "Use"} ${LOG_LEVELS.slice(0, -1).join(", ")} or ${LOG_LEVELS.at(-1)}`,
  );
}
