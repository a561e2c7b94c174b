import { dirname, join, resolve } from "node:path";
import { firstPartyRoot, type Root } from "@berth/host";

/** Where the upstream keeps plugins, by kind; their manifests are read, their compiled code is not. */
const KINDS = ["schedulers", "executors", "outputs"];

/** What comes with Berth, what `berth.yaml` names, the user's own folders, and what npm installed. */
export function pluginRoots(configured: readonly string[], base: string, home: string | undefined): Root[] {
  const folder = (path: string): Root => ({ kind: "folder", path, trust: "third-party", optional: true });
  const own = home === undefined ? [] : KINDS.map((kind) => folder(join(home, ".repeater/plugins", kind)));
  return [
    firstPartyRoot(),
    ...configured.map((path) => folder(resolve(base, path))),
    ...own,
    { kind: "node_modules", path: join(base, "node_modules"), trust: "third-party", optional: true },
  ];
}

/** What paths in a configuration file are relative to. */
export function baseOf(cwd: string, file: string | undefined): string {
  return file === undefined ? cwd : dirname(resolve(cwd, file));
}
