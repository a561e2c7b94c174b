import { constants } from "node:fs";
import { open, readdir } from "node:fs/promises";
import { join } from "node:path";
import { errorMessage, neutraliseLine } from "@berth/base";
import { HostError, type Permissions } from "@berth/contract";
import type { Finding } from "./finding.ts";
import { type PatternName, PATTERNS } from "./patterns.ts";
import { asksFor } from "./reach.ts";
import { scanModule } from "./scan-module.ts";

/** What a scan of a plugin's folder gave. */
export interface ScanReport {
  /** By file, then by place. */
  findings: readonly Finding[];
  /** Patterns for which the manifest does not ask the permission they need: in a sandbox that code will fail. */
  unasked: readonly PatternName[];
  files: number;
  bytes: number;
}

/** How much a scan reads at most. */
export interface ScanLimits {
  files: number;
  fileBytes: number;
}

const DEFAULT_LIMITS: ScanLimits = { files: 20_000, fileBytes: 5_242_880 };
const CODE = /\.[cm]?[jt]sx?$/;
const DECLARATIONS = /\.d\.[cm]?ts$/;

/**
 * Reads all code in a plugin's folder without running it. Links are not followed.
 *
 * @throws HostError `LIMIT_EXCEEDED` when there are more files than `limits.files`.
 */
export async function scanFolder(
  folder: string,
  permissions: Permissions,
  signal: AbortSignal,
  limits: ScanLimits = DEFAULT_LIMITS,
): Promise<ScanReport> {
  const findings: Finding[] = [];
  let [files, bytes] = [0, 0];
  for await (const file of filesBelow(folder, "")) {
    signal.throwIfAborted();
    files++;
    if (files > limits.files) {
      throw new HostError("LIMIT_EXCEEDED", `Cannot scan ${folder}: it holds more than ${limits.files} files`);
    }
    if (file.isLink) findings.push(whole("reads-host-places", file.path, "a link"));
    else if (file.path.endsWith(".node")) findings.push(whole("native-addon", file.path, "a binary"));
    else if (CODE.test(file.path) && !DECLARATIONS.test(file.path)) {
      const text = await readCode(join(folder, file.path), limits.fileBytes);
      if (typeof text !== "string") findings.push(whole("unreadable", file.path, text.why));
      else {
        bytes += text.length;
        findings.push(...scanModule(file.path, text));
      }
    }
  }
  const patterns = new Set(findings.map(({ pattern }) => pattern));
  const unasked = [...patterns].filter((pattern) => {
    const { needs } = PATTERNS[pattern] as (typeof PATTERNS)["starts-programs"];
    return needs !== undefined && !asksFor(permissions, needs);
  });
  return { findings, unasked, files, bytes };
}

function whole(pattern: PatternName, file: string, code: string): Finding {
  const { weight, sentence } = PATTERNS[pattern];
  return { pattern, weight, sentence, file: neutraliseLine(file, 500), code };
}

async function* filesBelow(folder: string, below: string): AsyncGenerator<{ path: string; isLink: boolean }> {
  const entries = await readdir(join(folder, below), { withFileTypes: true });
  for (const entry of entries.toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
    const path = below === "" ? entry.name : `${below}/${entry.name}`;
    if (entry.isDirectory()) yield* filesBelow(folder, path);
    else yield { path, isLink: entry.isSymbolicLink() };
  }
}

/** The text, or why there is none. */
async function readCode(path: string, mostBytes: number): Promise<string | { why: string }> {
  try {
    await using file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW);
    const { size } = await file.stat();
    if (size > mostBytes) return { why: `larger than ${mostBytes} bytes` };
    return await file.readFile("utf8");
  } catch (error) {
    return { why: neutraliseLine(errorMessage(error), 120) };
  }
}
