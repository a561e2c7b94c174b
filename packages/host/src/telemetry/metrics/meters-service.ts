import type { JsonObject, JsonValue } from "@berth/base";
import { type CallContext, HostError } from "@berth/contract";
import type { ServiceMethod } from "@berth/kernel/services";
import type { OwnMetrics, OwnMetricType } from "@berth/telemetry/metrics";

const NAME = /^[a-z][a-z0-9]*(?:_[a-z0-9]+)*$/;
const LONGEST_NAME = 80;
const LONGEST_TEXT = 200;
const MOST_LABELS = 8;
/** Labels that the host sets, or that have a meaning of their own. */
const RESERVED: ReadonlySet<string> = new Set(["plugin", "overflow", "le", "quantile"]);
const PLUGIN = "plugin/";

/**
 * The host service `meters`: what plugins count themselves, told to Prometheus with all the rest. Input of both methods is
 * `{ name, value, labels, help }`; `add` makes something that only grows, `value` at least 0 and 1 if left out, `set` a reading. The name is
 * words of small letters joined by `_`, with the unit at the end, as `orders` or `cache_bytes`.
 */
export function createMetersService(own: () => Promise<OwnMetrics>): Record<string, ServiceMethod> {
  const record =
    (type: OwnMetricType): ServiceMethod =>
    async (input, call) => {
      const reading = readingOf(type, input);
      const why = (await own()).record(pluginOf(call), type, reading);
      if (why !== undefined) throw refused(reading.name, why);
      return null;
    };
  return { add: record("counter"), set: record("gauge") };
}

function readingOf(type: OwnMetricType, input: JsonValue) {
  const { name, value = 1, labels = {}, help = "" } = (input ?? {}) as JsonObject;
  if (typeof name !== "string" || name.length > LONGEST_NAME || !NAME.test(name)) {
    throw refused(
      "a metric",
      `its name must be words of small letters joined by _, at most ${LONGEST_NAME} characters`,
    );
  }
  if (typeof value !== "number" || (type === "counter" && value < 0)) {
    throw refused(name, type === "counter" ? "its value must be a number from 0" : "its value must be a number");
  }
  if (typeof help !== "string") throw refused(name, "its help must be text");
  return {
    name: name.replace(/_total$/, ""),
    value,
    labels: labelsOf(name, labels),
    help: help.slice(0, LONGEST_TEXT),
  };
}

function labelsOf(metric: string, labels: JsonValue): Record<string, string> {
  if (typeof labels !== "object" || labels === null || Array.isArray(labels))
    throw refused(metric, "its labels must be an object");
  const entries = Object.entries(labels);
  if (entries.length > MOST_LABELS) throw refused(metric, `it may have ${MOST_LABELS} labels`);
  return Object.fromEntries(
    entries.map(([name, value]) => {
      const isName = NAME.test(name) && name.length <= LONGEST_NAME && !RESERVED.has(name);
      if (!isName)
        throw refused(
          metric,
          `a label must be words of small letters joined by _, and none of ${[...RESERVED].join(", ")}`,
        );
      if (typeof value !== "string") throw refused(metric, `the label ${name} must be text`);
      return [name, value.slice(0, LONGEST_TEXT)];
    }),
  );
}

function pluginOf({ caller }: CallContext): string {
  return caller.startsWith(PLUGIN) ? caller.slice(PLUGIN.length) : caller;
}

function refused(metric: string, why: string): HostError {
  return new HostError("CONFIG_INVALID", `Cannot count ${metric}: ${why}`);
}
