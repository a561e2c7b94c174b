import type { PluginCode } from "@berth/kernel/lifecycle";
import type { ForeseenModule } from "@berth/registry/checker";

/** Modules as a version may have them that is about to be taken; nothing where that is not known. Never rejects. */
export type Foreseen = Promise<readonly ForeseenModule[] | undefined>;

/**
 * The modules of a version, if what was foreseen is what was copied.
 *
 * @param contents SHA-256 of the copy's files by path.
 */
export function modulesOnce(
  foreseen: Foreseen,
  contents: ReadonlyMap<string, string> = new Map(),
): NonNullable<PluginCode["modules"]> {
  let told: ReturnType<NonNullable<PluginCode["modules"]>> = foreseen.then((modules) =>
    modules?.every(({ path, content }) => contents.get(path) === content) ? modules : undefined,
  );
  return () => {
    const its = told;
    told = undefined;
    return its;
  };
}
