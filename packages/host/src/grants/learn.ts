import { dirname, relative, sep } from "node:path";
import {
  type ArgumentPattern,
  formatExecEntry,
  formatHostPattern,
  formatNetworkEntry,
  formatSecretEntry,
  isConfigEntry,
  parseHostPattern,
  parseNetworkEntry,
  parseSecretEntry,
  type PermissionName,
  type SpeltOut,
} from "@berth/kernel/permissions";
import type { UsageCount } from "@berth/storage";
import type { Use } from "../capabilities/usage/use.ts";
import { type Ask, mapPermissions, PERMISSIONS } from "./ask.ts";
import { type AskedEntry, covers, overlaps } from "./difference.ts";
import { permissionOf, type Refusal, useOf, usesOf } from "./uses.ts";

/** What a plugin would have had to ask for what it did, and no more. */
export interface Lesson {
  /** Entries for the manifest, by kind, sorted. */
  permissions: SpeltOut;
  /** What is asked and was never used. */
  unused: AskedEntry[];
  /** What was refused, and would be with what is proposed. */
  refusals: Refusal[];
  /** Kinds of which more was used than could be kept apart, so that the proposal may lack entries. */
  incomplete: PermissionName[];
}

/** Up to so many single paths, files or command lines are listed one by one; more are told by what they share. */
const MOST_SINGLE = 3;

/** Proposes the least permissions that allow what was used. */
export function learn(ask: Ask, counts: readonly UsageCount[], base: { workingFolder: string }): Lesson {
  const used = counts.filter(({ outcome, entry }) => outcome === "allowed" && entry !== undefined);
  const proposed = mapPermissions((permission) => {
    // A call of another plugin says who called, and not by which permission it was let in.
    if (permission === "may") return ask.permissions.may;
    const own = used.filter((count) => permissionOf(count) === permission);
    // What the operator configures is asked by the name of the field, whatever it was this time.
    const fromConfig = own.map(({ entry }) => entry!).filter(isConfigEntry);
    const uses = own.filter(({ entry }) => !isConfigEntry(entry!)).flatMap((count) => useOf(count) ?? []);
    const entries = PROPOSE[permission](uses, base.workingFolder);
    return [...new Set([...fromConfig, ...entries])].sort();
  });
  const unused = PERMISSIONS.filter((permission) => permission !== "may").flatMap((permission) => {
    const own = used.filter((count) => permissionOf(count) === permission).map(({ entry }) => entry!);
    const isUsed = (entry: string): boolean => own.some((one) => one === entry || overlaps(permission, entry, one));
    return ask.permissions[permission].filter((entry) => !isUsed(entry)).map((entry) => ({ permission, entry }));
  });
  const incomplete = PERMISSIONS.filter((permission) =>
    used.some((count) => permissionOf(count) === permission && useOf(count) === undefined),
  );
  const { refusals } = usesOf(
    ask,
    counts.filter((count) => count.outcome === "denied" && !isAllowed(count, proposed, base.workingFolder)),
  );
  return { permissions: proposed, unused, refusals, incomplete };
}

/** Whether what was refused once is a part of what is proposed now: it was granted since. */
function isAllowed(count: UsageCount, proposed: SpeltOut, workingFolder: string): boolean {
  const permission = permissionOf(count);
  const use = useOf(count);
  if (permission === undefined || permission === "may" || use === undefined) return false;
  const needed = PROPOSE[permission]([use], workingFolder);
  return needed.every((entry) => proposed[permission].some((one) => covers(permission, one, entry)));
}

type Propose = (uses: readonly Use[], workingFolder: string) => string[];

const PROPOSE: Readonly<Record<Exclude<PermissionName, "may">, Propose>> = {
  network: proposeNetwork,
  "filesystem.read": proposeFiles,
  "filesystem.write": proposeFiles,
  exec: proposePrograms,
  secrets: proposeSecrets,
  env: (uses) => uses.flatMap((use) => (use.kind === "env" ? use.name : [])),
  services: (uses) => uses.flatMap((use) => (use.kind === "service" ? use.service : [])),
  "events.publish": (uses) => uses.flatMap((use) => (use.kind === "publish" ? use.subject : [])),
  "events.subscribe": (uses) => uses.flatMap((use) => (use.kind === "subscribe" ? use.subject : [])),
};

function proposeNetwork(uses: readonly Use[]): string[] {
  const reached = uses.filter((use) => use.kind === "fetch" || use.kind === "connect");
  const byHost = Map.groupBy(reached, ({ host, port }) => hostText(host, port));
  return [...byHost].flatMap(([host, toHost]) => {
    const requests = toHost.filter((use) => use.kind === "fetch");
    // Whose bytes the host does not read is asked for as a whole.
    if (requests.length < toHost.length) return [host];
    const byPath = Map.groupBy(requests, ({ path }) => path);
    if (byPath.size > MOST_SINGLE) return [requestEntry(methodsOf(requests), host, sharedPath([...byPath.keys()]))];
    return [...byPath].map(([path, toPath]) => requestEntry(methodsOf(toPath), host, path));
  });
}

function hostText(host: string, port: number): string {
  const isWeb = port === 80 || port === 443;
  return formatHostPattern({ host, port: isWeb ? undefined : port });
}

function methodsOf(requests: readonly { method: string }[]): string {
  return [...new Set(requests.map(({ method }) => method))].sort().join(",");
}

/** A path that no entry can name (a star, a slash in disguise) is asked for by its host. */
function requestEntry(methods: string, host: string, path: string): string {
  const entry = parseNetworkEntry(`${methods} ${host}${path}`) ?? parseNetworkEntry(`${methods} ${host}`);
  return entry === undefined ? host : formatNetworkEntry(entry);
}

/** `/v1/items/1`, `/v1/items/2` → `/v1/items/*`. */
function sharedPath(paths: readonly string[]): string {
  const [first = [], ...others] = paths.map((path) => path.split("/").slice(1, -1));
  const shared = first.filter((_, i) =>
    others.every((parts) => first.slice(0, i + 1).every((part, j) => parts[j] === part)),
  );
  return `/${[...shared, "*"].join("/")}`;
}

function proposeFiles(uses: readonly Use[], workingFolder: string): string[] {
  const files = uses.flatMap((use) => (use.kind === "file" ? use.path : []));
  const byFolder = Map.groupBy(new Set(files), (file) => dirname(file));
  const places = [...byFolder].flatMap(([folder, inFolder]) => (inFolder.length > MOST_SINGLE ? [folder] : inFolder));
  const least = places.filter(
    (place) => !places.some((other) => other !== place && place.startsWith(`${other}${sep}`)),
  );
  return least.map((place) => fromHere(place, workingFolder));
}

/** As an author would write it: relative where it lies in the working folder. */
function fromHere(place: string, workingFolder: string): string {
  const path = relative(workingFolder, place);
  if (path === "") return ".";
  return path.startsWith("..") ? place : path.split(sep).join("/");
}

function proposePrograms(uses: readonly Use[]): string[] {
  const runs = uses.filter((use) => use.kind === "exec");
  return [...Map.groupBy(runs, ({ program }) => program)].flatMap(([program, ofProgram]) => {
    const lines = new Map(ofProgram.map(({ args }) => [JSON.stringify(args), args]));
    const patterns =
      lines.size > MOST_SINGLE ? [sharedArguments([...lines.values()])] : [...lines.values()].map(literal);
    return patterns.map((args) => commandEntry(program, args));
  });
}

/** No arguments at all cannot be asked for: a program alone stands for any. */
function commandEntry(program: string, args: readonly ArgumentPattern[]): string {
  return formatExecEntry(args.length === 0 ? { program } : { program, args });
}

function literal(args: readonly string[]): ArgumentPattern[] {
  return args.map((text) => ({ text }));
}

/** What all command lines begin with, then the rest. */
function sharedArguments(lines: readonly (readonly string[])[]): ArgumentPattern[] {
  const [first = []] = lines;
  const differs = first.findIndex((arg, i) => lines.some((line) => line[i] !== arg));
  return [...literal(differs < 0 ? first : first.slice(0, differs)), "rest"];
}

function proposeSecrets(uses: readonly Use[]): string[] {
  const secrets = uses.filter((use) => use.kind === "secret");
  return [...Map.groupBy(secrets, ({ name }) => name)].flatMap(([name, ofSecret]) => {
    const hosts = [...new Set(ofSecret.flatMap(({ host }) => host ?? []))].sort();
    const isShown = ofSecret.some(({ as }) => as === "value");
    const entry = isShown || hosts.length === 0 ? name : sentTo(name, hosts);
    return parseSecretEntry(entry) === undefined ? [] : [entry];
  });
}

function sentTo(name: string, hosts: readonly string[]): string {
  const patterns = hosts.map(parseHostPattern);
  return patterns.every((host) => host !== undefined) ? formatSecretEntry({ name, hosts: patterns }) : name;
}
