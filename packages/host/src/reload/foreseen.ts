import type { PluginCode } from "@berth/kernel/lifecycle";
import { type ForeseenCheck, holdsFor } from "@berth/registry/checker";

/** What was found out about the modules of a version that was about to be taken; nothing where that is not known. */
export type Foreseen = Promise<ForeseenCheck | undefined>;

/**
 * What was foreseen, where it holds for what was copied.
 *
 * @param contents SHA-256 of the copy's files by path.
 */
export async function whereItHolds(
  foreseen: Foreseen | undefined,
  contents: ReadonlyMap<string, string> | undefined,
): Foreseen {
  const check = await foreseen;
  return check && contents && holdsFor(check, contents) ? check : undefined;
}

/** The modules of a version as they were found. */
export function modulesOnce(foreseen: Foreseen): NonNullable<PluginCode["modules"]> {
  let told: ReturnType<NonNullable<PluginCode["modules"]>> = foreseen.then(
    (check) => check?.texts,
    () => undefined, // Then nothing is loaded.
  );
  return () => {
    const its = told;
    told = undefined;
    return its;
  };
}
