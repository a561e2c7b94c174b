import type { FlagSpec } from "../flags/flag.ts";
import { MODES } from "../flags/mode-table.ts";

/** What a key of a file or a variable of the environment is for. */
export type Target =
  | { flag: string; toText?: (text: string) => string }
  /** A flag, in one mode alone. */
  | { flag: string; mode: string }
  /** What the upstream calls a port is an address, which may be a port alone. */
  | { plugin: string; setting: "listen" }
  /** Switches on an output. */
  | { output: string }
  /** Read by the upstream and without effect there as here. */
  | { ignored: true };

const percent = (text: string): string => `${text}%`;
const share = (text: string): string => `${Number(text) * 100}%`;

const DEFAULTS: Readonly<Record<string, Target>> = {
  max_retries: { flag: "attempts" },
  log_level: { ignored: true },
  enable_metrics: { output: "metrics" },
  metrics_port: { plugin: "metrics", setting: "listen" },
  enable_health: { output: "health" },
  health_port: { plugin: "health", setting: "listen" },
};

const SCHEDULING: Readonly<Record<string, Target>> = {
  default_interval: { flag: "every", mode: "interval" },
  jitter_percent: { flag: "jitter", toText: percent },
  max_jitter: { flag: "jitter", toText: share },
};

/** Sections that the upstream program reads, and those that its guide shows instead; keys that are flags come beside them. */
export const SECTIONS: Readonly<Record<string, Readonly<Record<string, Target>>>> = {
  defaults: DEFAULTS,
  default: DEFAULTS,
  scheduling: SCHEDULING,
  scheduler: SCHEDULING,
  observability: {
    metrics_enabled: { output: "metrics" },
    metrics_port: { plugin: "metrics", setting: "listen" },
    health_enabled: { output: "health" },
    health_check_port: { plugin: "health", setting: "listen" },
  },
  http_aware: {
    enabled: { flag: "http-aware" },
    max_delay: { flag: "http-max-delay" },
    min_delay: { flag: "http-min-delay" },
    parse_json: { flag: "http-parse-json" },
    parse_headers: { flag: "http-parse-headers" },
    trust_client: { flag: "http-trust-client" },
    custom_fields: { flag: "http-custom-fields" },
  },
};

/** Variables of the upstream that are not named for a flag. */
export const VARIABLES: Readonly<Record<string, Target>> = {
  RPR_MAX_RETRIES: { flag: "attempts" },
  RPR_DEFAULT_INTERVAL: { flag: "every", mode: "interval" },
  RPR_JITTER_PERCENT: { flag: "jitter", toText: percent },
  RPR_METRICS_ENABLED: { output: "metrics" },
  RPR_ENABLE_METRICS: { output: "metrics" },
  RPR_METRICS_PORT: { plugin: "metrics", setting: "listen" },
  RPR_HEALTH_ENABLED: { output: "health" },
  RPR_ENABLE_HEALTH: { output: "health" },
  RPR_HEALTH_CHECK_PORT: { plugin: "health", setting: "listen" },
  RPR_HEALTH_PORT: { plugin: "health", setting: "listen" },
};

/** Names of sections that hold settings of one mode, and the mode's name. */
export const MODE_KEYS: ReadonlyMap<string, string> = new Map(
  MODES.flatMap(({ name }) => [
    [name, name],
    [name.replaceAll("-", "_"), name],
  ]),
);

/** `max-delay` is `max_delay` in a file. */
export function fileKeyOf({ name }: Pick<FlagSpec, "name">): string {
  return name.replaceAll("-", "_");
}

/** `max-delay` is `RPR_MAX_DELAY` in the environment. */
export function variableOf({ name }: Pick<FlagSpec, "name">): string {
  return `RPR_${name.replaceAll("-", "_").toUpperCase()}`;
}
