import { HostError, type Manifest } from "@berth/contract";

/** What a plugin may ask for versions of. */
export interface PresentVersions {
  host: string;
  node: string;
}

const NAMES = { host: "Berth", node: "Node.js" } as const;

/**
 * Refuses a plugin that asks for versions which are not there; a preview of a version counts as that version.
 *
 * @throws HostError `PLUGIN_INCOMPATIBLE` naming what is asked and what there is.
 */
export async function assertVersionsFit({ plugin, dependencies }: Manifest, present: PresentVersions): Promise<void> {
  const asked = (["host", "node"] as const).filter((what) => dependencies[what] !== undefined);
  if (asked.length === 0) return;
  const { default: satisfies } = await import("semver/functions/satisfies.js");
  for (const what of asked) {
    const range = dependencies[what]!;
    if (satisfies(present[what], range, { includePrerelease: true })) continue;
    throw new HostError(
      "PLUGIN_INCOMPATIBLE",
      `Cannot start plugin "${plugin.name}": it asks for ${NAMES[what]} ${range}, this is ${present[what]}`,
      { details: { plugin: plugin.name, asked: range, present: present[what] } },
    );
  }
}
