import type { JsonObject, JsonValue } from "@berth/base";

/** Stands in kept settings for a value that is not written down. */
const NOT_KEPT = "$environment";

/** Shorter values of variables are words such as `dumb` and `C.UTF-8`, which stand in settings by chance. */
const LEAST_LENGTH = 8;

/**
 * Settings as they may be written down: a text that has the value of one of the host's variables in it is left out. Whoever writes
 * `${TOKEN}` into `berth.yaml` does so to keep it out of files.
 */
export function settingsToKeep(settings: JsonObject, env: Readonly<Record<string, string | undefined>>): JsonObject {
  const values = Object.values(env).filter((value) => value !== undefined && value.length >= LEAST_LENGTH) as string[];
  return mapTexts(settings, (text) =>
    values.some((value) => text.includes(value)) ? { [NOT_KEPT]: true } : text,
  ) as JsonObject;
}

/** Whether nothing was left out. */
export function areWhole(kept: JsonValue): boolean {
  if (typeof kept !== "object" || kept === null) return true;
  if (!Array.isArray(kept) && kept[NOT_KEPT] === true) return false;
  return Object.values(kept).every(areWhole);
}

/** Settings that were kept, with what was left out as it is configured now. */
export function settingsToRun(kept: JsonObject, now: JsonObject): JsonObject {
  return fill(kept, now) as JsonObject;
}

function fill(kept: JsonValue, now: JsonValue | undefined): JsonValue | undefined {
  if (typeof kept !== "object" || kept === null) return kept;
  if (Array.isArray(kept)) {
    const list = Array.isArray(now) ? now : [];
    return kept.flatMap((item, at) => fill(item, list[at]) ?? []);
  }
  if (kept[NOT_KEPT] === true) return now;
  const members = typeof now === "object" && now !== null && !Array.isArray(now) ? now : {};
  return mapMembers(kept, (value, name) => fill(value, Object.hasOwn(members, name) ? members[name] : undefined));
}

function mapTexts(value: JsonValue, of: (text: string) => JsonValue): JsonValue {
  if (typeof value === "string") return of(value);
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map((item) => mapTexts(item, of));
  return mapMembers(value, (member) => mapTexts(member, of));
}

function mapMembers(object: JsonObject, of: (value: JsonValue, name: string) => JsonValue | undefined): JsonObject {
  const members = Object.entries(object).map(([name, value]) => [name, of(value, name)] as const);
  return Object.fromEntries(members.filter(([, value]) => value !== undefined)) as JsonObject;
}
