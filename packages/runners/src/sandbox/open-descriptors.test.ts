import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { expect, test } from "vitest";

const MODULE = join(import.meta.dirname, "open-descriptors.ts");
const SCRIPT = `
const { refuseOpenDescriptors } = await import(${JSON.stringify(MODULE)});
try {
  refuseOpenDescriptors();
  console.log("none");
} catch (error) {
  console.log(error.code, JSON.stringify(error.details));
}`;

/** What a host says that a shell started after `preparation`. */
function host(preparation: string): string {
  const command = `for fd in /proc/$$/fd/*; do fd=\${fd##*/}; [ "$fd" -gt 2 ] && eval "exec $fd>&-"; done; ${preparation} exec "$0" "$@"`;
  return execFileSync("bash", ["-c", command, process.execPath, "--input-type=module", "-e", SCRIPT], {
    encoding: "utf8",
  }).trim();
}

test.skipIf(process.platform !== "linux")(
  "refuseOpenDescriptors names what a program would be given of the host's",
  () => {
    expect(host("")).toBe("none");
    expect(host("exec 77</dev/null;")).toBe('TIER_UNAVAILABLE {"descriptors":[77]}');
  },
);
