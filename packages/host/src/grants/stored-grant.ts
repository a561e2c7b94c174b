import type { JsonValue } from "@berth/base";
import type { Limits } from "@berth/contract";
import type { OperatorGrant, SpeltOut } from "@berth/kernel/permissions";
import { type Ask, mapPermissions, PERMISSIONS } from "./ask.ts";
import { LIMIT_NAMES } from "./limit-words.ts";

/** What the operator granted one plugin by command, and what they had before them when they did. */
export interface StoredGrant {
  plugin: string;
  /** The version and the digest of the code that was looked at. */
  version: string;
  digest: string;
  asked: Ask;
  granted: SpeltOut;
  /** Whether other code, even with the same ask, is held until it is granted too. */
  isPinned: boolean;
  /** Milliseconds since 1970. */
  grantedAt: number;
  /** The user of the operating system. */
  grantedBy: string;
  /** The code that ran last, when that is not what was looked at. */
  seen?: { version: string; digest: string } | undefined;
}

/** The form of a record; one of another form is read by nobody but the Berth that wrote it. */
const FORM = 1;
const MOST_ENTRIES = 10_000;

/** As it is stored. */
export function grantRecord(grant: StoredGrant): object {
  return { form: FORM, ...grant };
}

/** What was stored; `undefined` for whatever is not wholly as {@link grantRecord} writes it. */
export function readGrantRecord(plugin: string, record: JsonValue | undefined): StoredGrant | undefined {
  if (!isObject(record) || record["form"] !== FORM || record["plugin"] !== plugin) return undefined;
  const { version, digest, isPinned, grantedAt, grantedBy } = record;
  const asked = readAsk(record["asked"]);
  const granted = readLists(record["granted"]);
  const seen = readSeen(record["seen"]);
  const isText = [version, digest, grantedBy].every((text) => typeof text === "string");
  if (!isText || typeof isPinned !== "boolean" || typeof grantedAt !== "number") return undefined;
  if (asked === undefined || granted === undefined || seen === "damaged") return undefined;
  const [texts, facts] = [
    { version, digest, grantedBy },
    { isPinned, grantedAt },
  ];
  return {
    plugin,
    ...(texts as Record<keyof typeof texts, string>),
    ...facts,
    asked,
    granted,
    ...(seen ? { seen } : {}),
  };
}

/** A list for each kind, in the words of `berth.yaml`. */
export function operatorGrant(lists: SpeltOut): OperatorGrant {
  const copy = (permission: keyof SpeltOut): string[] => [...lists[permission]];
  return {
    network: copy("network"),
    filesystem: { read: copy("filesystem.read"), write: copy("filesystem.write") },
    exec: copy("exec"),
    secrets: copy("secrets"),
    env: copy("env"),
    services: copy("services"),
    events: { publish: copy("events.publish"), subscribe: copy("events.subscribe") },
    may: copy("may"),
  };
}

function readAsk(value: JsonValue | undefined): Ask | undefined {
  if (!isObject(value)) return undefined;
  const permissions = readLists(value["permissions"]);
  const limits = readLimits(value["limits"]);
  const systemCalls = value["systemCalls"];
  if (permissions === undefined || limits === undefined) return undefined;
  if (systemCalls === undefined) return { permissions, limits };
  return isTexts(systemCalls) ? { permissions, limits, systemCalls } : undefined;
}

function readLists(value: JsonValue | undefined): SpeltOut | undefined {
  if (!isObject(value)) return undefined;
  // A kind that is missing was not known to the Berth that wrote it: nothing of it was asked or granted.
  const lists = PERMISSIONS.map((permission) => (Object.hasOwn(value, permission) ? value[permission] : []));
  if (!lists.every(isTexts)) return undefined;
  return mapPermissions((permission) => lists[PERMISSIONS.indexOf(permission)]!);
}

function readLimits(value: JsonValue | undefined): Limits | undefined {
  if (!isObject(value)) return undefined;
  const limits: Limits = {};
  for (const name of LIMIT_NAMES) {
    const limit = Object.hasOwn(value, name) ? value[name] : undefined;
    if (limit === undefined) continue;
    if (typeof limit !== "number") return undefined;
    limits[name] = limit;
  }
  return limits;
}

function readSeen(value: JsonValue | undefined): StoredGrant["seen"] | "damaged" {
  if (value === undefined) return undefined;
  if (!isObject(value)) return "damaged";
  const { version, digest } = value;
  return typeof version === "string" && typeof digest === "string" ? { version, digest } : "damaged";
}

function isObject(value: JsonValue | undefined): value is { [key: string]: JsonValue } {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isTexts(value: JsonValue | undefined): value is string[] {
  return Array.isArray(value) && value.length <= MOST_ENTRIES && value.every((item) => typeof item === "string");
}
