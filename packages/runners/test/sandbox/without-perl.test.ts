import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { whyNot } from "./attempts.ts";

const HOST = join(import.meta.dirname, "without-perl.child.ts");

/** Without perl nobody closes descriptors for the sandbox, so the host must have none to give. */
const CLEANED = `for fd in /proc/$$/fd/*; do fd=\${fd##*/}; [ "$fd" -gt 2 ] && eval "exec $fd>&-"; done; exec "$0" "$@"`;

test("in full, set up by prlimit, a program is held as it is by perl", async ({ skip }) => {
  const reason = whyNot("ordinary");
  if (reason !== undefined) skip(reason);
  const { stdout } = await promisify(execFile)("bash", ["-c", CLEANED, process.execPath, HOST]);
  const witness = JSON.parse(stdout) as unknown;
  if (typeof witness === "string") skip(witness);
  expect(witness).toEqual({ isFiltered: true, hasCapabilities: false, canReadAccounts: false, pid: 2 });
});
