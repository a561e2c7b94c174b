import { resolve } from "node:path";
import type { JsonObject, JsonValue } from "@berth/base";
import type { Grant } from "@berth/contract";
import { formatHostPattern, parseHostPattern } from "./host-pattern.ts";
import { type GrantBase, CONFIG_PREFIX, type PermissionName } from "./spelt-out.ts";
import type { Withheld } from "./resolve-grant.ts";
import { requestTarget } from "./request-target.ts";
import { isInFolder } from "./folder-scope.ts";
import { parseUnixSocket } from "./unix-socket.ts";

/** The grant of one instance, its configuration filled in: no entry begins with `config:` any more. */
export interface BoundGrant extends Grant {
  /**
   * Hosts the operator wrote into the configuration. Unlike a name from a manifest, such a name may lead into the operator's
   * own network.
   */
  readonly configuredHosts: readonly string[];
  /** The `config:` entries that hosts and folders were made of, by what they were made into. */
  readonly configuredFrom?: ReadonlyMap<string, string>;
}

/** Most values one `config:` entry may stand for. */
const MOST_VALUES = 100;

/**
 * Fills `config:FIELD` entries in from the configuration of an instance: the host of an address, the path of a folder or file
 * (relative to the working folder). `FIELD` may lead deeper (`feeds.url`); lists on the way stand for each of their items.
 * A field that is not set grants nothing.
 */
export function bindGrant(
  grant: Grant,
  config: JsonObject,
  base: Pick<GrantBase, "workingFolder" | "codeFolder">,
): { grant: BoundGrant; withheld: readonly Withheld[] } {
  const withheld: Withheld[] = [];
  const configuredFrom = new Map<string, string>();
  const bind = (permission: PermissionName, entries: readonly string[], read: (value: string) => string | undefined) =>
    entries.flatMap((entry) => {
      if (!entry.startsWith(CONFIG_PREFIX)) return [];
      return configured(config, entry).flatMap((value) => {
        const bound = read(value);
        if (bound === undefined)
          withheld.push({ permission, entry, reason: MISREAD[permission] ?? "it means nothing" });
        else configuredFrom.set(bound, entry);
        return bound ?? [];
      });
    });
  const folder = (value: string): string => resolve(base.workingFolder, value);
  const writable = (value: string): string | undefined =>
    isInFolder(folder(value), base.codeFolder) ? undefined : folder(value);
  return {
    grant: {
      ...grant,
      network: unconfigured(grant.network),
      configuredHosts: bind("network", grant.network, hostOf),
      read: [...unconfigured(grant.read), ...bind("filesystem.read", grant.read, folder)],
      write: [...unconfigured(grant.write), ...bind("filesystem.write", grant.write, writable)],
      configuredFrom,
    },
    withheld,
  };
}

const MISREAD: Record<string, string> = {
  network: "the configured value is neither an http or https address nor a host",
  "filesystem.write": "the folder of a plugin's code is never writable",
};

function unconfigured(entries: readonly string[]): string[] {
  return entries.filter((entry) => !entry.startsWith(CONFIG_PREFIX));
}

/** The texts that `config:a.b` stands for. */
function configured(config: JsonObject, entry: string): string[] {
  let found: JsonValue[] = [config];
  for (const name of entry.slice(CONFIG_PREFIX.length).split(".")) {
    found = found.flatMap((value) => (Array.isArray(value) ? value : [value])).flatMap((value) => member(value, name));
  }
  return found
    .flat()
    .filter((value): value is string => typeof value === "string" && value !== "" && !value.includes("\0"))
    .slice(0, MOST_VALUES);
}

function member(value: JsonValue, name: string): JsonValue[] {
  if (typeof value !== "object" || value === null || Array.isArray(value) || !Object.hasOwn(value, name)) return [];
  return [value[name]!];
}

/** The host of an address, with its port unless it is the scheme's own; or the text itself if that is one host. */
function hostOf(value: string): string | undefined {
  const socket = parseUnixSocket(value);
  if (socket !== undefined) return socket;
  if (value.includes("://")) {
    const url = URL.parse(value);
    const target = url ? requestTarget(url, { isUserAllowed: true }) : undefined;
    return target && formatHostPattern({ host: target.host, port: url?.port === "" ? undefined : target.port });
  }
  const pattern = parseHostPattern(value);
  return pattern && !pattern.host.startsWith("*") ? formatHostPattern(pattern) : undefined;
}
