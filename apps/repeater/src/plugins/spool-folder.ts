import { createHash } from "node:crypto";
import { tmpdir, userInfo } from "node:os";
import { isAbsolute, join } from "node:path";
import type { JsonObject } from "@berth/base";

/**
 * Where records wait for an output, by its settings: what was meant for one address is not sent to another. In the user's folder for state
 * (XDG Base Directory Specification), or one of the user's own among temporary files.
 */
export function spoolFolder(
  env: Readonly<Record<string, string | undefined>>,
  output: string,
  config: JsonObject,
): string {
  const { XDG_STATE_HOME: state, HOME: home } = env;
  const base =
    state !== undefined && isAbsolute(state)
      ? state
      : home !== undefined && isAbsolute(home)
        ? join(home, ".local", "state")
        : join(tmpdir(), `berth-${userInfo().uid}`);
  const digest = createHash("sha256").update(JSON.stringify(config)).digest("hex");
  return join(base, "berth", "spool", `${output}-${digest.slice(0, 12)}`);
}
