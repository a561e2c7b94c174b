import { type JsonObject, neutraliseLine, plainJson } from "@berth/base";
import {
  type ConfigIssue,
  CONTRIBUTION_KINDS,
  type ContributionDescription,
  type ContributionKind,
  type Health,
  type HealthReport,
  HostError,
  INSTANCE_MEMBERS,
  type PluginIdentity,
  type PluginState,
} from "@berth/contract";

/**
 * What a plugin answers is read as if it had been written to do harm: of each answer only the members that are known are taken, each
 * of its kind and within its bound.
 */

const LONGEST_TEXT = 1_000;
const LONGEST_SCHEMA = 262_144;
const MOST_ISSUES = 100;
const MOST_METHODS = 1_000;
const HEALTH: ReadonlySet<unknown> = new Set<Health>(["healthy", "degraded", "unhealthy", "unknown"]);
const LONGEST_NAME = 200;
/** Deeper than anything that is written by hand. */
const STATE_DEPTH = 200;

/** A configuration file holds no more. */
const SETTINGS_BOUNDS = { maxBytes: 1_048_576, maxDepth: 64 };

/** @throws HostError `CONTRACT_BROKEN` when it is not the list of exactly what the manifest promises. */
export function parseContributions(value: unknown, { name, provides }: PluginIdentity): ContributionDescription[] {
  const list = Array.isArray(value) ? value.slice(0, provides.length + 1).map(parseContribution) : [];
  const found = new Map(list.map((one) => [one.id, one]));
  const isExact = list.length === provides.length && provides.every((id) => found.has(id));
  if (isExact) return provides.map((id) => found.get(id)!);
  throw new HostError(
    "CONTRACT_BROKEN",
    `Cannot load plugin "${name}": its code provides other contributions than its manifest promises`,
    { details: { promised: [...provides], provided: list.map(({ id }) => id) } },
  );
}

function parseContribution(value: unknown): ContributionDescription {
  const { id, description, configSchema, scope, idempotent } = membersOf(value);
  const schema = parseSchema(configSchema);
  return {
    id: textOf(id),
    description: textOf(description),
    ...(schema ? { configSchema: schema } : {}),
    ...(scope === "plugin" ? { scope } : {}),
    ...parseIdempotent(idempotent),
  };
}

function parseIdempotent(value: unknown): Pick<ContributionDescription, "idempotent"> {
  if (typeof value === "boolean") return { idempotent: value };
  return Array.isArray(value) ? { idempotent: value.slice(0, MOST_METHODS).filter(isText) } : {};
}

/** Through its text: bounded, and plain data afterwards whatever it was. */
function parseSchema(value: unknown): Record<string, unknown> | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  try {
    const text = JSON.stringify(value);
    return text.length <= LONGEST_SCHEMA ? membersOf(JSON.parse(text)) : undefined;
  } catch {
    return undefined; // It refers to itself, or is too deep: there is nothing to show then.
  }
}

export function parseHealth(value: unknown): HealthReport {
  const { health, message } = membersOf(value);
  if (!HEALTH.has(health)) {
    return { health: "unhealthy", message: "Its health check answered something that is no health report" };
  }
  return { health: health as Health, ...(typeof message === "string" ? { message: textOf(message) } : {}) };
}

export function parseIssues(value: unknown): ConfigIssue[] {
  const { issues } = membersOf(value);
  if (!Array.isArray(issues)) throw new HostError("CONTRACT_BROKEN", "The check of a configuration answered no list");
  return issues.slice(0, MOST_ISSUES).map((issue: unknown) => {
    const { path, message } = membersOf(issue);
    const keys = Array.isArray(path) ? path.slice(0, 64) : [];
    return { path: keys.map((key) => (typeof key === "number" ? key : textOf(key))), message: textOf(message) };
  });
}

/** @throws HostError `STATE_UNCARRIABLE` for what is no state, or a larger one than was asked for. */
export function parseState(value: unknown, maxBytes: number): PluginState | undefined {
  const { state } = membersOf(value);
  if (state === undefined || state === null) return undefined;
  const { version, value: content } = membersOf(state);
  if (!Number.isSafeInteger(version)) throw uncarriable("its version is no whole number");
  if (!(content instanceof Uint8Array)) {
    const bounds = { maxBytes, maxDepth: STATE_DEPTH };
    const refuse = ({ path, found }: { path: string; found: string }) => uncarriable(`${path}: ${found}`);
    return { version: version as number, value: plainJson(content, bounds, "state", refuse) };
  }
  if (content.byteLength > maxBytes) throw uncarriable(`it is larger than ${maxBytes} bytes`);
  return { version: version as number, value: content };
}

function uncarriable(why: string): HostError {
  return new HostError(
    "STATE_UNCARRIABLE",
    `Cannot carry the state of the plugin: ${neutraliseLine(why, LONGEST_TEXT)}`,
  );
}

/** @throws HostError `MIGRATION_FAILED` for what cannot stand in a configuration file. */
export function parseSettings(value: unknown): JsonObject {
  const refuse = (): HostError =>
    new HostError("MIGRATION_FAILED", "The migration of settings answered what no configuration file can hold");
  const settings = plainJson(membersOf(value).settings, SETTINGS_BOUNDS, "settings", refuse);
  if (typeof settings !== "object" || settings === null || Array.isArray(settings)) throw refuse();
  return settings;
}

/** @throws HostError `CONTRACT_BROKEN` for a member that instances of this kind do not have. */
export function parseMembers(value: unknown, contribution: string): string[] {
  const { members } = membersOf(value);
  const kind = contribution.slice(0, contribution.indexOf("/"));
  const names = Array.isArray(members) ? members.slice(0, MOST_METHODS) : [undefined];
  const wrong = names.filter((name) => typeof name !== "string" || !isMember(name, kind));
  if (wrong.length === 0) return [...new Set(names as string[])];
  const text = wrong.map(textOf).slice(0, 5).join(", ");
  throw new HostError("CONTRACT_BROKEN", `Cannot use ${contribution}: a ${kind} has no member ${text}`);
}

function isMember(name: string, kind: string): boolean {
  if (kind === "service") return name !== "" && name === neutraliseLine(name, LONGEST_NAME);
  if (!Object.hasOwn(CONTRIBUTION_KINDS, kind)) return false;
  const { required, optional, data = [] }: MemberNames = INSTANCE_MEMBERS[kind as ContributionKind];
  return [...required, ...optional].includes(name) && !data.includes(name) && name !== "dispose";
}

interface MemberNames {
  required: readonly string[];
  optional: readonly string[];
  data?: readonly string[];
}

/** What a method returned. */
export function parseValue(value: unknown): unknown {
  return membersOf(value).value;
}

/** The members of an object; none of anything else. */
export function membersOf(value: unknown): Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {};
}

export function isText(value: unknown): value is string {
  return typeof value === "string";
}

function textOf(value: unknown): string {
  return isText(value) ? value.slice(0, LONGEST_TEXT) : "";
}
