import { neutraliseLine } from "@berth/base";
import {
  isConfigEntry,
  parseNetworkEntry,
  parseSecretEntry,
  type PermissionName,
  type SystemCallNeed,
  systemCallNeeds,
} from "@berth/kernel/permissions";
import { type Ask, PERMISSIONS } from "./ask.ts";
import { LIMIT_NAMES, limitText, LIMITS, type LimitName, limitValue } from "./limit-words.ts";
import { isAnyHost, isOwnNetwork, type Risk, riskOf, RISKS } from "./risk.ts";

/** One thing a plugin asks, in plain words. */
export interface SummaryItem {
  risk: Risk;
  permission: PermissionName | "limits" | "system_calls";
  /** What it could do, as the end of "it asks to": harmless on a terminal. */
  text: string;
  /** The entries that are meant, as the manifest means them. */
  entries: readonly string[];
}

/** What is asked, in plain words, the riskiest first. Empty when nothing is asked beyond what every plugin has. */
export function summarise(ask: Ask): SummaryItem[] {
  const items = [
    ...PERMISSIONS.flatMap((permission) => itemsOf(permission, ask)),
    ...systemCallItems(ask),
    ...limitItems(ask),
  ];
  return items.toSorted((a, b) => RISKS.indexOf(a.risk) - RISKS.indexOf(b.risk));
}

/** Entries of one kind that read alike, told together. */
function itemsOf(permission: PermissionName, ask: Ask): SummaryItem[] {
  const groups = Map.groupBy(ask.permissions[permission], (entry) => {
    return JSON.stringify([riskOf(permission, entry, ask), PHRASES[permission](entry, ask)]);
  });
  return [...groups.values()].map((entries) => {
    const [first] = entries;
    const phrase = PHRASES[permission](first!, ask);
    const list = entries.map((entry) => shownAs(permission, entry)).join(", ");
    return {
      risk: riskOf(permission, first!, ask),
      permission,
      text: neutraliseLine(
        phrase.replace("…", () => list),
        2_000,
      ),
      entries,
    };
  });
}

/** How an entry is told; `…` is the place of the entries. */
const PHRASES: Readonly<Record<PermissionName, (entry: string, ask: Ask) => string>> = {
  network: (entry) => {
    if (isConfigEntry(entry)) return "reach the host that you write into its configuration (…)";
    if (isAnyHost(entry)) return `reach any host of the internet${isPlainAny(entry) ? "" : ": …"}`;
    return isOwnNetwork(entry) ? "reach this machine or your own network: …" : "reach …";
  },
  "filesystem.read": (entry) => (isConfigEntry(entry) ? `read ${CONFIGURED_PLACE}` : "read what is in …"),
  "filesystem.write": (entry) =>
    isConfigEntry(entry) ? `change ${CONFIGURED_PLACE}` : "change and delete what is in …",
  exec: (entry, ask) =>
    riskOf("exec", entry, ask) === "high"
      ? "run …, by which any program can be run, with your rights"
      : "run, with your rights: …",
  secrets: (entry, { permissions }) => {
    if (parseSecretEntry(entry)?.hosts !== undefined) return "have secrets sent for it, which it does not see: …";
    return permissions.network.length > 0
      ? "read secrets, which it could send on: …"
      : "read secrets, without a way out of its own: …";
  },
  env: () => "read from the environment: …",
  services: () => "call the services …",
  "events.publish": () => "publish events: …",
  "events.subscribe": () => "hear of events: …",
  may: () => "ask of other plugins: …",
};

const CONFIGURED_PLACE = "the file or folder that you write into its configuration (…)";

function isPlainAny(entry: string): boolean {
  const { methods, path, hosts } = parseNetworkEntry(entry) ?? {};
  return methods === undefined && path === undefined && hosts?.port === undefined;
}

function shownAs(permission: PermissionName, entry: string): string {
  if (isConfigEntry(entry)) return entry.slice("config:".length);
  if (permission === "secrets") return entry.replace(" -> ", " to ");
  return entry;
}

/** What the filter would let through; that alone opens nothing, so it is never a risk by itself. */
function systemCallItems({ systemCalls, permissions, limits }: Ask): SummaryItem[] {
  if (systemCalls === undefined) return [];
  const needs = systemCallNeeds(systemCalls);
  const item = (need: SystemCallNeed, text: string): SummaryItem[] => {
    const entries = needs.get(need) ?? [];
    const shown = `${text} (${entries.join(", ")})`;
    return entries.length === 0
      ? []
      : [{ risk: "low", permission: "system_calls", text: neutraliseLine(shown, 2_000), entries }];
  };
  const without = (isWithout: boolean, what: string): string =>
    isWithout ? `, without asking for ${what}: it gets none` : "";
  const hasFiles = permissions["filesystem.read"].length + permissions["filesystem.write"].length > 0;
  const hasPrograms = permissions.exec.length > 0 || limitValue(limits, "processes") > 0;
  return [
    ...item("network", `make system calls for the network${without(permissions.network.length === 0, "a host")}`),
    ...item("filesystem", `make system calls for files${without(!hasFiles, "a folder beside its own")}`),
    ...item("programs", `make system calls that start programs${without(!hasPrograms, "a program")}`),
    ...item("refused", "make system calls that are refused to every plugin"),
    ...item("nothing", "make system calls that need no permission"),
  ];
}

function limitItems({ limits }: Ask): SummaryItem[] {
  return LIMIT_NAMES.filter((name) => isAboveStandard(name, limits)).map((name) => {
    const { standard, of } = LIMITS[name];
    const usual = standard === undefined ? "" : `; usual is ${limitText(name, standard)}`;
    const text = `use up to ${limitText(name, limits[name]!)} ${of}${usual}`;
    return { risk: name === "processes" ? "medium" : "low", permission: "limits", text, entries: [name] };
  });
}

function isAboveStandard(name: LimitName, limits: Ask["limits"]): boolean {
  const { standard } = LIMITS[name];
  return limits[name] !== undefined && standard !== undefined && limits[name] > standard;
}
