import type { Machine } from "../machine.ts";
import type { SandboxUser } from "../uid-range.ts";
import { type Finding, found, missing } from "./findings.ts";
import { runBriefly } from "./run-briefly.ts";

const SCRIPT = `
while read -r key value; do
  case $key in Uid:|Gid:|Groups:|CapEff:) echo $key $value;; esac
done </proc/self/status`;

/** Whether a host that is root can run a program as somebody else, with none of its rights left. */
export async function probeUidDrop(
  { isRoot }: Machine,
  { uid, gid }: SandboxUser,
  signal: AbortSignal,
): Promise<Finding> {
  if (!isRoot) return found("not needed: the host is not root");
  const run = await runBriefly("/bin/sh", ["-c", SCRIPT], signal, { uid, gid });
  const four = (id: number): string => Array.from({ length: 4 }, () => id).join(" ");
  const wanted = [`Uid: ${four(uid)}`, `Gid: ${four(gid)}`, "Groups:", "CapEff: 0000000000000000"];
  const seen = new Set(run.stdout.trim().split("\n"));
  if (run.isDone && wanted.every((line) => seen.has(line)))
    return found(`each plugin runs as a user of its own, from ${uid} on`);
  return missing(
    run.problem || `the program kept rights of root: ${[...seen].join(", ")}`,
    "run the host as an ordinary user, or with the capabilities to change user and group",
  );
}
