import { resolve } from "node:path";
import type { OldSettings } from "./old-settings.ts";
import { type DraftMap, Ref } from "./render-sources.ts";

/** As the schema has them. */
const SMALLEST = 160;
const LARGEST = 7_680;
const MOST_PROFILES = 16;
const LONGEST_PATH = 1_000;

/** Old settings that concern every picture. What cannot be carried over is said in `notes`. */
export function oldTopLevel(settings: OldSettings, notes: string[]): DraftMap {
  const dir = shortText(settings, "OUTPUT_DIR", notes);
  const output = {
    dir,
    profiles: profilesOf(settings, dir ?? "output", notes),
    archive_keep: keepCount(settings, notes),
  };
  const isSet = Object.values(output).some((value) => value !== undefined);
  return {
    output: isSet ? output : undefined,
    timezone: timeZoneOf(settings, notes),
    unsplash_key: settings.has("UNSPLASH_API_KEY") ? new Ref("UNSPLASH_API_KEY") : undefined,
    pexels_key: settings.has("PEXELS_API_KEY") ? new Ref("PEXELS_API_KEY") : undefined,
  };
}

function shortText(settings: OldSettings, name: string, notes: string[]): string | undefined {
  const text = settings.get(name);
  if (text === undefined || text.length <= LONGEST_PATH) return text;
  notes.push(`${name}: longer than ${LONGEST_PATH} characters, left out`);
  return undefined;
}

function keepCount(settings: OldSettings, notes: string[]): number | undefined {
  const count = settings.int("ARCHIVE_KEEP_COUNT");
  if (count !== undefined && count >= 0 && count <= 1_000) return count;
  if (settings.has("ARCHIVE_KEEP_COUNT")) notes.push("ARCHIVE_KEEP_COUNT: not a whole number from 0 to 1000, left out");
  return undefined;
}

function timeZoneOf(settings: OldSettings, notes: string[]): string | undefined {
  const name = settings.get("TIMEZONE");
  if (name === undefined) return undefined;
  try {
    Intl.DateTimeFormat("en", { timeZone: name });
    return name;
  } catch {
    notes.push("TIMEZONE: not a time zone, left out; the machine's is used");
    return undefined;
  }
}

function profilesOf(settings: OldSettings, mainDir: string, notes: string[]): DraftMap[] | undefined {
  const text = settings.get("OUTPUT_PROFILES");
  if (text === undefined) return undefined;
  const listed = parseList(text);
  const profiles: Profile[] = [];
  const taken = new Set([resolve(mainDir)]);
  for (const profile of listed.map(profileOf)) {
    if (profile === undefined || profiles.length === MOST_PROFILES) continue;
    const folder = resolve(profile.dir ?? `${mainDir}/${profile.name}`);
    if (taken.has(folder) || profiles.some(({ name }) => name === profile.name)) continue;
    taken.add(folder);
    profiles.push(profile);
  }
  const isWhole = listed.length > 0 && profiles.length === listed.length;
  if (!isWhole) notes.push(`OUTPUT_PROFILES: ${listed.length - profiles.length || "all"} left out; ${PROFILE_RULE}`);
  return profiles.length === 0 ? undefined : profiles;
}

const PROFILE_RULE = `it is a JSON list of at most ${MOST_PROFILES} profiles, each with a name and a folder of its own, and width and height from ${SMALLEST} to ${LARGEST}`;

function parseList(text: string): unknown[] {
  try {
    const parsed: unknown = JSON.parse(text);
    return Array.isArray(parsed) ? parsed : [];
  } catch {
    return [];
  }
}

interface Profile extends DraftMap {
  name: string;
  width: number;
  height: number;
  dir: string | undefined;
}

function profileOf(listed: unknown): Profile | undefined {
  const fields = (typeof listed === "object" && listed !== null ? listed : {}) as Record<string, unknown>;
  const { name, width, height, output_dir: dir } = fields;
  if (typeof name !== "string" || !isPixels(width) || !isPixels(height)) return undefined;
  const plainName = name.replace(/[^a-zA-Z0-9_-]+/g, "_").slice(0, 100);
  if (plainName === "" || (typeof dir === "string" && dir.length > LONGEST_PATH)) return undefined;
  return { name: plainName, width, height, dir: typeof dir === "string" && dir !== "" ? dir : undefined };
}

const isPixels = (value: unknown): value is number =>
  Number.isInteger(value) && (value as number) >= SMALLEST && (value as number) <= LARGEST;
