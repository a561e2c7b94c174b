import { isFresh } from "./build/freshness.ts";
import { BUNDLE } from "./build/plan.ts";

// `npm start` runs this each time: when nothing changed it must cost no more than a look at the files.
if (process.argv.includes("--force") || !isFresh(BUNDLE)) await build();

async function build(): Promise<void> {
  const startedMs = performance.now();
  const { bundle } = await import("./build/bundle.ts");
  try {
    const { files, bytes } = await bundle(BUNDLE);
    const seconds = ((performance.now() - startedMs) / 1_000).toFixed(1);
    console.error(`Built ${files} files, ${Math.round(bytes / 1_024)} KiB, in ${seconds} s`);
  } catch (error) {
    console.error((error as Error).message);
    process.exitCode = 1;
  }
}
