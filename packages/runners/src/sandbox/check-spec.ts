import { HostError } from "@berth/contract";
import { realpath } from "node:fs/promises";
import { isAbsolute, normalize } from "node:path";
import type { SandboxMount, SandboxSpec } from "./spec.ts";

/** An environment variable's name that every shell and launcher takes for one. */
const NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;

/** Where nothing may be mounted over: what the sandbox itself puts there. */
const RESERVED: ReadonlySet<string> = new Set(["/", "/proc", "/dev"]);

/**
 * Refuses a spec that would not do what it says.
 *
 * @throws HostError `CONFIG_INVALID`, or `TIER_UNAVAILABLE` when the user is missing or cannot be had.
 */
export async function checkSpec(spec: SandboxSpec, needsUser: boolean): Promise<void> {
  if (needsUser && (spec.user === undefined || spec.user.uid === 0)) {
    throw new HostError("TIER_UNAVAILABLE", "Cannot start a sandbox: the host is root, and the program would be too");
  }
  if (!needsUser && spec.user !== undefined) {
    throw new HostError("TIER_UNAVAILABLE", "Cannot start a sandbox as another user: the host is not root");
  }
  const name = Object.keys(spec.env).find((key) => !NAME.test(key));
  if (name !== undefined) throw invalid(`${JSON.stringify(name)} is no name of an environment variable`);
  for (const limit of Object.values(spec.limits)) {
    if (!Number.isSafeInteger(limit) || limit < 0) throw invalid(`${limit} is no limit`);
  }
  if (!isPlain(spec.workingFolder)) throw invalid(`${spec.workingFolder} is no absolute path`);
  for (const { at, sizeMb } of spec.memoryFolders ?? []) {
    if (!isPlain(at) || RESERVED.has(at)) throw invalid(`nothing may appear at ${at}`);
    if (!Number.isSafeInteger(sizeMb) || sizeMb < 1) throw invalid(`${sizeMb} MiB is no size of a folder in memory`);
  }
  await Promise.all(spec.mounts.map(checkMount));
}

async function checkMount({ from, to, isOptional }: SandboxMount): Promise<void> {
  if (!isPlain(from)) throw invalid(`${from} is no absolute path`);
  if (!isPlain(to) || RESERVED.has(to)) throw invalid(`nothing may appear at ${to}`);
  const real = await realpath(from).catch(() => undefined);
  if (real === undefined && isOptional !== true) throw invalid(`${from} is not there`);
  // A link on the way could have been placed by a plugin that may write there.
  if (real !== undefined && real !== from) throw invalid(`${from} leads through a link to ${real}`);
}

function isPlain(path: string): boolean {
  return isAbsolute(path) && normalize(path) === path && (path === "/" || !path.endsWith("/"));
}

function invalid(why: string): HostError {
  return new HostError("CONFIG_INVALID", `Cannot start a sandbox: ${why}`);
}
