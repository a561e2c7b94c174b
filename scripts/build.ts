import { isFresh } from "./build/freshness.ts";
import { type BundlePlan, PLANS } from "./build/plan.ts";

// `npm start` runs this each time: when nothing changed it must cost no more than a look at the files.
const isForced = process.argv.includes("--force");
for (const plan of PLANS) if (isForced || !isFresh(plan)) await build(plan);

async function build(plan: BundlePlan): Promise<void> {
  const startedMs = performance.now();
  const { bundle } = await import("./build/bundle.ts");
  try {
    const { files, bytes } = await bundle(plan);
    const seconds = ((performance.now() - startedMs) / 1_000).toFixed(1);
    console.error(`Built ${files} files in ${plan.outFolder}, ${Math.round(bytes / 1_024)} KiB, in ${seconds} s`);
  } catch (error) {
    console.error((error as Error).message);
    process.exitCode = 1;
  }
}
