import { isAbsolute, join, resolve } from "node:path";
import type { JsonObject } from "@berth/base";
import type { Manifest } from "@berth/contract";

const CONFIGURED = /^config:(.+)$/;

/**
 * Paths in the settings of a plugin as the operator means them: relative to where `rpr` was started, `~` for the home folder. Which settings
 * are paths its manifest says, where it asks for the place one names; a plugin itself only knows its own folder.
 */
export function withPaths(
  config: JsonObject,
  { permissions }: Pick<Manifest, "permissions">,
  { cwd, home }: { cwd: string; home: string | undefined },
): JsonObject {
  const { filesystem } = permissions;
  if (typeof filesystem !== "object") return config;
  const asked = [...(filesystem.read ?? []), ...(filesystem.write ?? [])];
  const fields = asked.flatMap((place) => CONFIGURED.exec(place)?.[1] ?? []);
  const changed: JsonObject = { ...config };
  for (const field of fields) {
    const value = config[field];
    if (typeof value === "string" && value !== "") changed[field] = inPlace(value, cwd, home);
  }
  return changed;
}

function inPlace(path: string, cwd: string, home: string | undefined): string {
  if (home !== undefined && (path === "~" || path.startsWith("~/"))) return join(home, path.slice(1));
  return isAbsolute(path) ? path : resolve(cwd, path);
}
