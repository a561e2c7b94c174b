import { neutraliseLine } from "@berth/base";
import { HostError } from "@berth/contract";
import type { HostConfig } from "@berth/kernel/config";
import type { DiscoveredPlugin } from "@berth/kernel/discovery";
import type { Finding } from "@berth/registry/scan";
import type { Log } from "../log/index.ts";

/** More would be a page that nobody reads. */
const MOST_LINES = 10;

/**
 * What becomes of a version whose code does what the one before did not. A scan sees what is written plainly: it warns whoever watches,
 * and the sandbox holds the rest; an operator who would rather have a person look at it first says `refuse`.
 *
 * @throws HostError `RELOAD_FAILED` in that case.
 */
export function judgeFindings(
  { name, trust }: DiscoveredPlugin,
  findings: readonly Finding[],
  { config, log }: { config: HostConfig; log: Log },
): void {
  const rule = config.scan_on_reload;
  if (findings.length === 0 || rule === "off" || trust === "first-party") return;
  const lines = findings.slice(0, MOST_LINES).map(({ file, line = 1, column = 1, sentence, code }) => {
    return `${neutraliseLine(file, 200)}:${line}:${column} ${sentence}: ${code}`;
  });
  if (findings.length > MOST_LINES) lines.push(`and ${findings.length - MOST_LINES} more`);
  const what = `The new version of plugin "${name}" does what the one before did not`;
  if (rule === "warn") return log.warn(`${what}: ${lines.join("; ")}`, { plugin: name });
  throw new HostError(
    "RELOAD_FAILED",
    `Cannot replace plugin "${name}". ${what}:\n${lines.join("\n")}\nLook at it, then accept it with scan_on_reload: warn in berth.yaml`,
    { details: { findings: findings.slice(0, MOST_LINES).map(({ pattern, file }) => ({ pattern, file })) } },
  );
}
