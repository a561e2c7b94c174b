import { isFresh } from "../build/freshness.ts";
import { type BundlePlan, FOR_SOURCES } from "../build/plan.ts";

/** Called by vitest before the first test. */
export async function setup(): Promise<void> {
  for (const plan of FOR_SOURCES) if (!isFresh(plan)) await build(plan);
}

async function build(plan: BundlePlan): Promise<void> {
  const { bundle } = await import("../build/bundle.ts");
  try {
    await bundle(plan);
  } catch (error) {
    // Most tests need none of it, and those that do say so; the types and the build tell of the error too.
    console.error(`Cannot build ${plan.outFolder}, tests may meet an older one: ${(error as Error).message}`);
  }
}
