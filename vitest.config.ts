import { delimiter, join } from "node:path";
import { defineConfig } from "vitest/config";
import { SlowFirst } from "./scripts/tests/slow-first.ts";

// What tests spawn as `node` or by a shebang must be the Node.js that runs the tests, not the one of the machine.
process.env["PATH"] = [join(import.meta.dirname, "node_modules/.bin"), process.env["PATH"]].join(delimiter);

export default defineConfig({
  test: {
    include: ["{packages,apps,plugins,scripts,examples,bench}/**/*.test.ts"],
    exclude: ["**/node_modules/**", "**/dist/**", "**/fixtures/**"],
    // What runs beside a plugin's code in a thread or a process is a bundle, also for the sources.
    globalSetup: ["scripts/tests/build-for-sources.ts"],
    // Two cores: more forks than cores only lengthen every test.
    maxWorkers: 2,
    testTimeout: 30_000,
    // Servers and databases that suites start need longer than a test where much else runs.
    hookTimeout: 60_000,
    tags: [{ name: "slow", description: "Takes seconds: kill loops, whole programs", timeout: 180_000 }],
    sequence: { sequencer: SlowFirst },
    // Sources cannot be stale. `npm run ok` builds first and runs the tests against what was built.
    env: { BERTH_FROM_SOURCE: process.env["BERTH_FROM_SOURCE"] ?? "1" },
    coverage: {
      provider: "v8",
      include: ["packages/*/src/**/*.ts", "apps/*/src/**/*.ts", "plugins/*/src/**/*.ts"],
      // Guests run bundled, in threads and sandboxes of their own, where no coverage is taken; suites of whole hosts hold them.
      exclude: ["**/*.test.ts", "**/index.ts", "**/test/**", "**/*.d.ts", "packages/runners/src/{guest,wasm/guest}/**"],
      reporter: ["json-summary"],
    },
  },
});
