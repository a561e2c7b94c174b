import { homedir } from "node:os";
import { basename, parse } from "node:path";
import {
  addressReach,
  isConfigEntry,
  isInFolder,
  isUnixSocket,
  parseExecEntry,
  parseNetworkEntry,
  parseSecretEntry,
  type PermissionName,
} from "@berth/kernel/permissions";
import type { Ask } from "./ask.ts";

/** How much harm an entry could do to whoever grants it without looking. */
export type Risk = "high" | "medium" | "low";

/** From the riskiest. */
export const RISKS: readonly Risk[] = ["high", "medium", "low"];

/** Programs that run whatever they are told: who may run one of them may run everything. */
const RUN_ANYTHING = new Set(
  [
    "sh bash dash zsh fish ksh csh tcsh ash busybox pwsh powershell cmd python python2 python3 perl ruby node deno bun php lua",
    "tclsh java awk gawk mawk sed ed vi vim emacs env xargs find nohup timeout nice setsid script expect make cmake gcc cc go cargo",
    "npm npx yarn pnpm pip pip3 sudo su doas pkexec runuser chroot unshare nsenter bwrap docker podman kubectl systemd-run ssh scp rsync",
    "socat nc ncat tar zip git gdb strace osascript at crontab systemctl launchctl",
  ].flatMap((line) => line.split(" ")),
);

/** Folders that hold others' secrets, or the system itself, in whatever part of them. */
const PRECIOUS_WHOLLY = ["/etc", "/proc", "/sys", "/dev", "/boot"];
/** Folders of which single parts may well be granted, and never all. */
const PRECIOUS_AS_A_WHOLE = new Set(["/var", "/usr", "/opt", "/run", "/mnt", "/srv", "/home", "/Users"]);

/** The risk of one entry, beside all else that is asked: a secret is another matter for a plugin that can send it somewhere. */
export function riskOf(permission: PermissionName, entry: string, ask: Pick<Ask, "permissions">): Risk {
  return RISK_OF[permission]?.(entry, ask) ?? "low";
}

const RISK_OF: Readonly<Partial<Record<PermissionName, (entry: string, ask: Pick<Ask, "permissions">) => Risk>>> = {
  network: riskOfHost,
  "filesystem.write": (entry) => (isConfigEntry(entry) ? "medium" : "high"),
  "filesystem.read": (entry) => (isConfigEntry(entry) || !isPrecious(entry) ? "medium" : "high"),
  exec: riskOfProgram,
  secrets: (entry, { permissions }) => riskOfSecret(entry, permissions.network.length > 0),
  may: (entry) => (entry === "*" || entry.endsWith(".*") ? "high" : "medium"),
};

/** Whether the entry reaches hosts that nobody named. */
export function isAnyHost(entry: string): boolean {
  return parseNetworkEntry(entry)?.hosts.host === "*";
}

/** Whether the entry leads to this machine or its network. */
export function isOwnNetwork(entry: string): boolean {
  const host = parseNetworkEntry(entry)?.hosts.host;
  if (host === undefined || host.includes("*")) return false;
  if (isUnixSocket(host)) return true; // whatever listens there acts for the whole machine
  if (host === "localhost" || host.endsWith(".localhost")) return true;
  return isAddress(host) && addressReach(host) !== "public";
}

/** Whether a program can be made to run any other. */
function runsAnything(entry: string): boolean {
  const { program = "" } = parseExecEntry(entry) ?? {};
  const name = basename(program)
    .toLowerCase()
    .replace(/\.exe$/, "");
  return RUN_ANYTHING.has(name) || RUN_ANYTHING.has(name.replace(/[\d.-]+$/, ""));
}

function riskOfHost(entry: string): Risk {
  if (isConfigEntry(entry)) return "medium";
  return isAnyHost(entry) || isOwnNetwork(entry) ? "high" : "medium";
}

/** With fixed arguments even a shell does one thing; where any may follow it does everything. */
function riskOfProgram(entry: string): Risk {
  const { args } = parseExecEntry(entry) ?? {};
  if (!runsAnything(entry)) return "medium";
  return args !== undefined && args.every((arg) => typeof arg === "object") ? "medium" : "high";
}

function riskOfSecret(entry: string, hasNetwork: boolean): Risk {
  if (parseSecretEntry(entry)?.hosts !== undefined) return "low";
  return hasNetwork ? "high" : "medium";
}

function isPrecious(folder: string): boolean {
  const home = homedir();
  if (parse(folder).root === folder || isInFolder(home, folder) || PRECIOUS_AS_A_WHOLE.has(folder)) return true;
  if (PRECIOUS_WHOLLY.some((place) => isInFolder(folder, place))) return true;
  // Keys and tokens of the user lie in hidden folders of their home.
  return isInFolder(folder, home) && folder.slice(home.length + 1).startsWith(".");
}

function isAddress(host: string): boolean {
  return host.includes(":") || /^\d+\.\d+\.\d+\.\d+$/.test(host);
}
