import { isFresh } from "../build/freshness.ts";
import { GUESTS } from "../build/plan.ts";

/** Called by vitest before the first test. */
export async function setup(): Promise<void> {
  if (isFresh(GUESTS)) return;
  const { bundle } = await import("../build/bundle.ts");
  try {
    await bundle(GUESTS);
  } catch (error) {
    // Most tests need no guest, and those that do say so; the types and the build tell of the error too.
    console.error(`Cannot build what runs beside plugins, tests may meet an older one: ${(error as Error).message}`);
  }
}
