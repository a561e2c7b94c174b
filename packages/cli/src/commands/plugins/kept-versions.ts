import type { KeptGenerationView } from "@berth/control";
import type { LookedAtStorage } from "@berth/host/grants";

/** The versions of a plugin that the last host left, as a running one would tell of them. */
export function keptVersions(
  { generations }: Pick<LookedAtStorage, "generations">,
  plugin: string,
): KeptGenerationView[] {
  return generations.list(plugin).map(({ id, version, digest, since, isCurrent, isCondemned, hasState }) => {
    return { id, plugin, version, digest, since, isCurrent, hasFailed: isCondemned, hasState };
  });
}
