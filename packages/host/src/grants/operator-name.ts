import { userInfo } from "node:os";
import { neutraliseLine } from "@berth/base";

/** Who is at the keyboard, by the operating system: `ada`, or `root (sudo by ada)`. */
export function operatorName(env: Readonly<Record<string, string | undefined>>): string {
  const user = userName();
  const real = env["SUDO_USER"];
  return neutraliseLine(real === undefined || real === "" || real === user ? user : `${user} (sudo by ${real})`, 200);
}

function userName(): string {
  try {
    return userInfo().username;
  } catch {
    // A container may run as a number that has no name.
    return `uid ${process.getuid?.() ?? "unknown"}`;
  }
}
