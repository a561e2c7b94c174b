import { join } from "node:path";
import { digestFolder } from "@berth/registry/digest";
import { auditPlaces, verifyAudit } from "@berth/storage/audit";
import { codeOf, isOffAfter, nameOf, openAll, type Opened, PLUGINS, textOf } from "./steps.ts";

/**
 * What is missing, or half there, of changes that were acknowledged up to a number: lines for people, none when all is there. The number
 * after it was under way, and may be there or not, each of its changes by itself.
 */
export async function findLosses(dataFolder: string, acknowledged: number): Promise<string[]> {
  const verdict = await verifyAudit(auditPlaces(join(dataFolder, "audit")));
  const losses = verdict.problem ? [`audit: ${verdict.problem.kind}: ${verdict.problem.why}`] : [];
  try {
    await using opened = openAll(dataFolder);
    losses.push(...opened.storage.check(), ...lostRecords(opened, acknowledged));
    for (const plugin of PLUGINS) losses.push(...(await lostOf(opened, plugin, acknowledged)));
    // What was repaired must be as good as new.
    await opened.storage.audit.append({ kind: "test.looked", plugin: "", details: {} });
  } catch (error) {
    losses.push(String(error));
  }
  const after = await verifyAudit(auditPlaces(join(dataFolder, "audit")));
  if (after.problem) losses.push(`audit, opened again: ${after.problem.why}`);
  return losses;
}

function lostRecords({ storage }: Opened, acknowledged: number): string[] {
  const found = new Map(
    storage.audit
      .list({ kind: "test.step", limit: 1_000_000 })
      .map(({ details }) => [details["number"], details["text"]]),
  );
  const numbers = Array.from({ length: acknowledged }, (_, index) => index + 1);
  const lost = numbers.filter((number) => found.get(number) !== textOf(number)).map((number) => `audit: ${number}`);
  const newest = Math.max(0, ...[...found.keys()].map(Number));
  return newest > acknowledged + 1 ? [...lost, `audit: ${newest} was never made`] : lost;
}

async function lostOf(opened: Opened, plugin: string, acknowledged: number): Promise<string[]> {
  const { storage } = opened;
  const least = lastOf(plugin, acknowledged);
  const most = nameOf(acknowledged + 1) === plugin ? acknowledged + 1 : least;
  if (most === 0) return [];
  const losses: string[] = [];
  const expect = (what: string, number: unknown, isWhole = true): void => {
    const isThere = number === least || number === most || (number === undefined && least === 0);
    if (!isThere || !isWhole) losses.push(`${what} of ${plugin}: ${String(number)} in place of ${least} or ${most}`);
  };
  const grant = storage.grants.load(plugin)?.record as { version?: string } | undefined;
  expect("grant", numberIn(grant?.version));
  const off = storage.switches.load(plugin);
  if (
    off === undefined
      ? isOffAfter(least) && isOffAfter(most)
      : ![least, most].some((number) => isOffAfter(number) && String(number) === off.by)
  )
    losses.push(`switch of ${plugin}: ${off?.by ?? "on"} in place of ${least} or ${most}`);
  const stored = storage.pluginStore(plugin, { quotaBytes: 0 }).get("last") as Stored | undefined;
  expect("store", stored?.number, stored === undefined || stored.text === textOf(stored.number));
  const current = storage.generations.current(plugin);
  expect("generation", numberIn(current?.version));
  losses.push(...lostAudit(opened, plugin, { grant: numberIn(grant?.version) }));
  if (current) losses.push(...(await lostCode(opened, current.digest, plugin, numberIn(current.version)!)));
  const state = current && (storage.generations.state(current)?.value as Stored | undefined);
  if (current && (state || numberIn(current.version) === least))
    expect("state", state?.number, state?.text === textOf(state?.number ?? 0));
  return losses;
}

interface Stored {
  number: number;
  text: string;
}

/** What was done was said before. */
function lostAudit({ storage }: Opened, plugin: string, { grant }: { grant: number | undefined }): string[] {
  if (grant === undefined) return [];
  const [last] = storage.audit.list({ plugin, kind: "grant.given", limit: 1 });
  const said = numberIn(last?.details["version"]);
  return said !== undefined && said >= grant ? [] : [`grant ${grant} of ${plugin} is not in the audit log`];
}

async function lostCode({ copies }: Opened, digest: string, plugin: string, number: number): Promise<string[]> {
  if (!copies.has(digest)) return [`code ${codeOf(number)} of ${plugin} is gone`];
  const { digest: found } = await digestFolder(copies.pathOf(digest));
  return found === digest ? [] : [`code ${codeOf(number)} of ${plugin} is damaged`];
}

/** The last number up to `most` that changed that plugin; 0 for none. */
function lastOf(plugin: string, most: number): number {
  for (let number = most; number > 0; number--) if (nameOf(number) === plugin) return number;
  return 0;
}

function numberIn(version: unknown): number | undefined {
  return typeof version === "string" ? Number(version.split(".").at(-1)) : undefined;
}
