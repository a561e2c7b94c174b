import {
  type Grant,
  holdsPermission,
  intersectSubjects,
  isCallerPermissionPattern,
  isSubjectPattern,
  type Permissions,
} from "@berth/contract";
import { formatExecEntry, intersectExecEntries, parseExecEntry } from "./exec-entry.ts";
import { intersectFolders, isInFolder } from "./folder-scope.ts";
import { type HostPattern, intersectHostPatterns } from "./host-pattern.ts";
import { formatNetworkEntry, intersectNetworkEntries, parseNetworkEntry } from "./network-entry.ts";
import { isReserved } from "./reserved-subjects.ts";
import { formatSecretEntry, intersectSecretEntries, parseSecretEntry } from "./secret-entry.ts";
import {
  CONFIG_PREFIX,
  type GrantBase,
  type OperatorGrant,
  type PermissionName,
  type SpeltOut,
  spellOut,
} from "./spelt-out.ts";

/** Something asked that was not granted, or only in part. */
export interface Withheld {
  permission: PermissionName;
  /** As asked. */
  entry: string;
  /** Why, or what was granted of it: the end of a sentence. */
  reason: string;
}

/** A grant, and what is missing from what was asked. */
export interface ResolvedGrant {
  grant: Grant;
  withheld: readonly Withheld[];
}

/** What two entries have in common; `undefined` for nothing, and for an entry that means nothing. */
type Intersect = (asked: string, allowed: string) => string | undefined;

const INTERSECT: Record<PermissionName, Intersect> = {
  network: intersectNetwork,
  "filesystem.read": intersectPaths,
  "filesystem.write": intersectPaths,
  exec: intersecting(parseExecEntry, formatExecEntry, intersectExecEntries),
  secrets: intersecting(parseSecretEntry, formatSecretEntry, intersectSecretEntries),
  env: same,
  services: same,
  "events.publish": intersectValidSubjects,
  "events.subscribe": intersectValidSubjects,
  may: intersectCallerPermissions,
};

const READ_AS: Partial<Record<PermissionName, string>> = {
  network:
    "it is not a host pattern such as api.example.org, *.example.org or 127.0.0.1:8080, nor one with methods and a path such as GET,POST api.example.org/v1/*",
  exec: "it is not a program such as git, nor one with arguments such as git log **",
  secrets: "it is not a name such as API_KEY, nor one with hosts such as API_KEY -> api.example.org",
  "events.publish": "it is not a subject such as run.finished or run.*",
  "events.subscribe": "it is not a subject such as run.finished or run.*",
};

/**
 * What a plugin may do: what it asked **and** the operator allowed, never more than either. `"asked"` allows all it asked.
 *
 * @param base where relative folders start, and the code folder, which is never writable.
 */
export function resolveGrant(asked: Permissions, allowed: "asked" | OperatorGrant, base: GrantBase): ResolvedGrant {
  const wanted = spellOut(asked, base);
  const given = allowed === "asked" ? wanted : spellOut(allowed, base);
  const withheld: Withheld[] = [];
  const granted = (name: PermissionName): readonly string[] => meet(name, wanted, given, withheld);
  const grant: Grant = {
    network: granted("network"),
    read: granted("filesystem.read"),
    write: withoutCode(granted("filesystem.write"), base.codeFolder, withheld),
    exec: granted("exec"),
    secrets: granted("secrets"),
    env: granted("env"),
    services: granted("services"),
    publish: withoutReserved(granted("events.publish"), withheld),
    subscribe: granted("events.subscribe"),
    may: granted("may"),
  };
  return { grant, withheld };
}

function meet(name: PermissionName, wanted: SpeltOut, given: SpeltOut, withheld: Withheld[]): readonly string[] {
  const intersect = INTERSECT[name];
  const granted = new Set<string>();
  for (const entry of wanted[name]) {
    const parts = new Set(given[name].map((allowed) => intersect(entry, allowed)).filter((part) => part !== undefined));
    for (const part of parts) granted.add(part);
    const whole = intersect(entry, entry);
    if (whole === undefined || !parts.has(whole))
      withheld.push({ permission: name, entry, reason: reason(name, whole, parts) });
  }
  return withoutCovered([...granted], intersect);
}

function reason(name: PermissionName, whole: string | undefined, parts: ReadonlySet<string>): string {
  if (whole === undefined) return READ_AS[name] ?? "it means nothing";
  return parts.size === 0 ? "the operator did not allow it" : `the operator allowed only ${[...parts].join(", ")}`;
}

/** Drops entries that another one says already, so that a report stays short. */
function withoutCovered(entries: readonly string[], intersect: Intersect): string[] {
  return entries.filter(
    (entry) => !entries.some((other) => other !== entry && other !== "*" && intersect(other, entry) === entry),
  );
}

function withoutCode(folders: readonly string[], codeFolder: string, withheld: Withheld[]): string[] {
  return folders.filter((folder) => {
    if (!isInFolder(folder, codeFolder)) return true;
    withheld.push({
      permission: "filesystem.write",
      entry: folder,
      reason: "the folder of a plugin's code is never writable",
    });
    return false;
  });
}

function withoutReserved(subjects: readonly string[], withheld: Withheld[]): string[] {
  return subjects.filter((entry) => {
    if (!isReserved(entry)) return true;
    withheld.push({ permission: "events.publish", entry, reason: "only the host publishes there" });
    return false;
  });
}

function same(asked: string, allowed: string): string | undefined {
  return asked === allowed ? asked : undefined;
}

/** The intersection of entries that are read into something and written in one way. */
function intersecting<T>(
  parse: (text: string) => T | undefined,
  format: (entry: T) => string,
  intersect: (asked: T, allowed: T) => T | undefined,
): Intersect {
  return (asked, allowed) => {
    const [left, right] = [parse(asked), parse(allowed)];
    const both = left && right && intersect(left, right);
    return both && format(both);
  };
}

const intersectNetworkTexts = intersecting(parseNetworkEntry, formatNetworkEntry, (asked, allowed) =>
  intersectNetworkEntries(asked, allowed, intersectHosts),
);

function intersectNetwork(asked: string, allowed: string): string | undefined {
  if (allowed.startsWith(CONFIG_PREFIX)) return asked === allowed || asked === "*" ? allowed : undefined;
  if (asked.startsWith(CONFIG_PREFIX)) return allowed === "*" ? asked : undefined;
  return intersectNetworkTexts(asked, allowed);
}

/**
 * A plugin that asks for any host (`*`) asks for whatever the operator names, an address of the own network or a configured
 * host among it; as a grant, `*` holds neither.
 */
function intersectHosts(asked: HostPattern, allowed: HostPattern): HostPattern | undefined {
  return asked.host === "*" && asked.port === undefined ? allowed : intersectHostPatterns(asked, allowed);
}

/** What a `config:` entry will mean is unknown here, so that only the same entry allows it. */
function intersectPaths(asked: string, allowed: string): string | undefined {
  if (asked.startsWith(CONFIG_PREFIX) || allowed.startsWith(CONFIG_PREFIX)) return same(asked, allowed);
  return intersectFolders(asked, allowed);
}

function intersectValidSubjects(asked: string, allowed: string): string | undefined {
  return isSubjectPattern(asked) && isSubjectPattern(allowed) ? intersectSubjects(asked, allowed) : undefined;
}

function intersectCallerPermissions(asked: string, allowed: string): string | undefined {
  if (!isCallerPermissionPattern(asked) || !isCallerPermissionPattern(allowed)) return undefined;
  if (holdsPermission([allowed], asked)) return asked;
  return holdsPermission([asked], allowed) ? allowed : undefined;
}

/** What two entries of one kind have in common, written in one way; `undefined` for nothing, and for an entry that means nothing. */
export function intersectEntries(permission: PermissionName, asked: string, allowed: string): string | undefined {
  return INTERSECT[permission](asked, allowed);
}
