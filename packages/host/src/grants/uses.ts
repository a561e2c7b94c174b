import type { JsonValue } from "@berth/base";
import type { PermissionName } from "@berth/kernel/permissions";
import type { UsageCount } from "@berth/storage";
import type { CapabilityName } from "../capabilities/capability-scope.ts";
import type { Use } from "../capabilities/usage/use.ts";
import { type Ask, PERMISSIONS } from "./ask.ts";
import { covers } from "./difference.ts";

/** How often one entry of what is asked was used. */
export interface EntryUse {
  permission: PermissionName;
  entry: string;
  uses: number;
  /** Milliseconds since 1970; absent when it was never used. */
  firstAt?: number;
  lastAt?: number;
}

/** Something that was tried and refused. */
export interface Refusal {
  /** Absent for what no permission allows. */
  permission?: PermissionName | undefined;
  /** One harmless line. */
  what: string;
  refusals: number;
  firstAt: number;
  lastAt: number;
}

/** What a plugin used of what it asks, and what it tried beyond. */
export interface PermissionUses {
  /** Each entry that is asked, used or not. */
  entries: EntryUse[];
  refusals: Refusal[];
}

/** Brings counts to the entries of an ask. What needs no permission, as the plugin's own store, is left out. */
export function usesOf(ask: Ask, counts: readonly UsageCount[]): PermissionUses {
  const allowed = counts.filter(({ outcome, entry }) => outcome === "allowed" && entry !== undefined);
  const entries = PERMISSIONS.flatMap((permission) =>
    ask.permissions[permission].map((entry) => {
      const used = allowed.filter((count) => permissionOf(count) === permission && isUseOf(permission, entry, count));
      return { permission, entry, ...sum(used) };
    }),
  );
  const refusals = counts
    .filter(({ outcome }) => outcome === "denied")
    .map((count) => ({
      permission: permissionOf(count),
      what: count.what,
      refusals: count.count,
      firstAt: count.firstAt,
      lastAt: count.lastAt,
    }));
  return { entries, refusals };
}

/** The use behind a count, if it is one that {@link Use} knows and in its form. */
export function useOf({ use }: UsageCount): Use | undefined {
  if (use === undefined || typeof use["kind"] !== "string") return undefined;
  const fields = FIELDS.get(use["kind"]);
  if (fields === undefined || !Object.entries(fields).every(([name, kind]) => isField(use[name], kind)))
    return undefined;
  return use as unknown as Use;
}

type FieldKind = "text" | "number" | "texts";

/** What comes out of the database is held to its form again: another version may have written it. */
const FIELDS: ReadonlyMap<string, Readonly<Record<string, FieldKind>>> = new Map<
  string,
  Readonly<Record<string, FieldKind>>
>([
  ["fetch", { method: "text", host: "text", port: "number", path: "text" }],
  ["connect", { host: "text", port: "number" }],
  ["file", { mode: "text", path: "text" }],
  ["exec", { program: "text", args: "texts" }],
  ["secret", { name: "text", as: "text" }],
  ["env", { name: "text" }],
  ["service", { service: "text" }],
  ["publish", { subject: "text" }],
  ["subscribe", { subject: "text" }],
]);

function isField(value: JsonValue | undefined, kind: FieldKind): boolean {
  if (kind === "texts") return Array.isArray(value) && value.every((item) => typeof item === "string");
  return typeof value === (kind === "text" ? "string" : "number");
}

/** Which kind of permission a count is about. */
export function permissionOf(count: UsageCount): PermissionName | undefined {
  const use = useOf(count);
  if (use?.kind === "file") return use.mode === "write" ? "filesystem.write" : "filesystem.read";
  if (use?.kind === "publish") return "events.publish";
  if (use?.kind === "subscribe") return "events.subscribe";
  return PERMISSION_OF.get(count.capability);
}

const PERMISSION_OF: ReadonlyMap<string, PermissionName> = new Map<CapabilityName, PermissionName>([
  ["fetch", "network"],
  ["connect", "network"],
  ["exec", "exec"],
  ["secrets", "secrets"],
  ["env", "env"],
  ["services", "services"],
]);

/** What was granted may be narrower than what is asked, so that the entry of a count need not be one of the ask. */
function isUseOf(permission: PermissionName, asked: string, { entry = "" }: UsageCount): boolean {
  return entry === asked || covers(permission, asked, entry);
}

function sum(counts: readonly UsageCount[]): Pick<EntryUse, "uses" | "firstAt" | "lastAt"> {
  if (counts.length === 0) return { uses: 0 };
  return {
    uses: counts.reduce((total, { count }) => total + count, 0),
    firstAt: Math.min(...counts.map(({ firstAt }) => firstAt)),
    lastAt: Math.max(...counts.map(({ lastAt }) => lastAt)),
  };
}
