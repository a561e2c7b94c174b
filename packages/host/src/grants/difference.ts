import { intersectEntries, callsBeyond, type PermissionName, type SystemCallGroup } from "@berth/kernel/permissions";
import { type Ask, PERMISSIONS } from "./ask.ts";
import { LIMIT_NAMES, type LimitName, limitValue } from "./limit-words.ts";

/** How what is asked differs from what was asked before. */
export interface AskDifference {
  /** Nothing of it was asked before. */
  added: AskedEntry[];
  /** A part of it was asked before. */
  widened: ChangedEntry[];
  /** Only a part of it is still asked. */
  narrowed: ChangedEntry[];
  /** Nothing of it is asked any more. */
  removed: AskedEntry[];
  /** Limits that are another now; `Infinity` where there is none. */
  limits: ChangedLimit[];
  /** Kinds of system calls that it did without before. */
  systemCalls: SystemCallGroup[];
  /** Whether it asks for anything that was not asked before. */
  isMore: boolean;
}

/** One entry of one list. */
export interface AskedEntry {
  permission: PermissionName;
  entry: string;
}

/** An entry whose reach has changed. */
export interface ChangedEntry {
  permission: PermissionName;
  /** The entries of before that it shares something with. */
  from: string[];
  /** What is asked now, one entry when it was widened. */
  to: string[];
}

/** A limit that has changed. */
export interface ChangedLimit {
  limit: LimitName;
  from: number;
  to: number;
}

/** Compares two asks by what they reach, not by how they are written. */
export function differenceOf(before: Ask, after: Ask): AskDifference {
  const entries = PERMISSIONS.map((permission) => compareLists(permission, before, after));
  const limits = LIMIT_NAMES.flatMap((limit) => {
    const [from, to] = [limitValue(before.limits, limit), limitValue(after.limits, limit)];
    return from === to ? [] : [{ limit, from, to }];
  });
  const added = entries.flatMap((each) => each.added);
  const widened = entries.flatMap((each) => each.widened);
  const systemCalls = newCallGroups(before, after);
  const isRaised = limits.some(({ from, to }) => to > from);
  return {
    added,
    widened,
    narrowed: entries.flatMap((each) => each.narrowed),
    removed: entries.flatMap((each) => each.removed),
    limits,
    systemCalls,
    isMore: added.length > 0 || widened.length > 0 || systemCalls.length > 0 || isRaised,
  };
}

/** Whether the two ask the same. */
export function isSameAsk(difference: AskDifference): boolean {
  const { isMore, narrowed, removed, limits } = difference;
  return !isMore && narrowed.length === 0 && removed.length === 0 && limits.length === 0;
}

/** Whether `outer` holds all that `inner` reaches. */
export function covers(permission: PermissionName, outer: string, inner: string): boolean {
  const whole = intersectEntries(permission, inner, inner);
  return whole !== undefined && intersectEntries(permission, inner, outer) === whole;
}

/** Whether the two share anything. */
export function overlaps(permission: PermissionName, a: string, b: string): boolean {
  return intersectEntries(permission, a, b) !== undefined || intersectEntries(permission, b, a) !== undefined;
}

type ListDifference = Pick<AskDifference, "added" | "widened" | "narrowed" | "removed">;

function compareLists(permission: PermissionName, before: Ask, after: Ask): ListDifference {
  const [old, now] = [before.permissions[permission], after.permissions[permission]];
  const more = uncovered(permission, now, old);
  const less = uncovered(permission, old, now);
  return {
    added: more.filter(({ shared }) => shared.length === 0).map(({ entry }) => ({ permission, entry })),
    widened: more
      .filter(({ shared }) => shared.length > 0)
      .map(({ entry, shared }) => ({ permission, from: shared, to: [entry] })),
    // An entry that grew into another is told as that, and not a second time as one that shrank.
    narrowed: less
      .filter(({ shared }) => shared.length > 0)
      .map(({ entry, shared }) => ({ permission, from: [entry], to: shared })),
    removed: less.filter(({ shared }) => shared.length === 0).map(({ entry }) => ({ permission, entry })),
  };
}

/** The entries that no single one of `others` holds, each with those it shares something with. */
function uncovered(
  permission: PermissionName,
  entries: readonly string[],
  others: readonly string[],
): { entry: string; shared: string[] }[] {
  return entries
    .filter((entry) => !others.some((other) => covers(permission, other, entry)))
    .map((entry) => ({ entry, shared: others.filter((other) => overlaps(permission, entry, other)) }));
}

function newCallGroups(before: Ask, after: Ask): SystemCallGroup[] {
  if (before.systemCalls === undefined) return [];
  const refused = callsBeyond(before.systemCalls).groups;
  if (after.systemCalls === undefined) return refused;
  const stillRefused = callsBeyond(after.systemCalls).groups;
  return refused.filter((group) => !stillRefused.includes(group));
}
