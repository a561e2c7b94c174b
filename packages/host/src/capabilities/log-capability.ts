import type { JsonObject } from "@berth/base";
import { type Capabilities, LOG_LEVELS, type LogEntry, type LogLevel } from "@berth/contract";
import type { Log } from "../log/index.ts";
import type { CapabilityScope } from "./capability-scope.ts";
import { copyJson } from "./copy-json.ts";
import type { LineRate } from "./line-rate.ts";

const MOST_CHARACTERS = 16_384;
const FIELD_BOUNDS = { maxBytes: 16_384, maxDepth: 8 };

/** Log lines of a plugin: bounded in rate and size. A line that cannot be kept whole is kept in part; none is an error. */
export function createLogCapability(
  scope: Pick<CapabilityScope, "isClosed">,
  log: Log,
  about: { plugin: string; instanceId: string; generation?: number | undefined; rate: LineRate },
): Pick<Capabilities, "log"> {
  const ours = log.about({ source: `plugin/${about.plugin}` });
  const { instanceId, generation } = about;
  const own: JsonObject = {
    ...(instanceId === "" ? {} : { instance: instanceId }),
    ...(generation === undefined ? {} : { generation }),
  };
  return {
    log(entry) {
      const level = levelOf(entry);
      if (scope.isClosed || !ours.isEnabled(level) || !about.rate.take()) return;
      const fields = { ...fieldsOf(entry), ...own };
      ours.write(level, messageOf(entry), Object.keys(fields).length === 0 ? undefined : fields);
    },
  };
}

function levelOf(entry: unknown): LogLevel {
  const level = member(entry, "level");
  return LOG_LEVELS.find((known) => known === level) ?? "info";
}

function messageOf(entry: LogEntry): string {
  const message = member(entry, "message");
  if (typeof message !== "string") return `(a message of type ${typeof message})`;
  return message.length > MOST_CHARACTERS ? `${message.slice(0, MOST_CHARACTERS - 1)}…` : message;
}

function fieldsOf(entry: LogEntry): JsonObject {
  const fields = member(entry, "fields");
  if (fields === undefined) return {};
  try {
    const copy = copyJson(fields, FIELD_BOUNDS, "the fields of a log line");
    return typeof copy === "object" && copy !== null && !Array.isArray(copy) ? copy : { fields: copy };
  } catch {
    return { fields: "(dropped: no JSON, or more than 16 KiB)" };
  }
}

/** A member that may be a getter that throws. */
function member(entry: unknown, name: keyof LogEntry): unknown {
  try {
    return (entry as LogEntry | undefined)?.[name];
  } catch {
    return undefined;
  }
}
