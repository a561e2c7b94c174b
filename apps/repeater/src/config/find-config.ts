import { existsSync } from "node:fs";
import { join, resolve } from "node:path";

/** The places that are looked at when no file is named; the last is where the upstream's guide puts it. */
function configPlaces(env: Readonly<Record<string, string | undefined>>): string[] {
  const { XDG_CONFIG_HOME, HOME } = env;
  return [
    ...(XDG_CONFIG_HOME ? [join(XDG_CONFIG_HOME, "rpr/config.toml")] : []),
    ...(HOME ? [join(HOME, ".config/rpr/config.toml"), join(HOME, ".repeater/config.toml")] : []),
  ];
}

/** The file that was named by the flag or `RPR_CONFIG`, else the first that is there. */
export function findConfig(
  named: string | undefined,
  { env, cwd }: { env: Readonly<Record<string, string | undefined>>; cwd: string },
): string | undefined {
  const asked = named ?? (env["RPR_CONFIG"] === "" ? undefined : env["RPR_CONFIG"]);
  return asked === undefined ? configPlaces(env).find((path) => existsSync(path)) : resolve(cwd, asked);
}
