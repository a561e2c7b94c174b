import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["{packages,apps,plugins,scripts,examples}/**/*.test.ts"],
    exclude: ["**/node_modules/**", "**/dist/**"],
    // Two cores: more forks than cores only lengthen every test.
    maxWorkers: 2,
    testTimeout: 30_000,
    coverage: {
      provider: "v8",
      include: ["packages/*/src/**/*.ts", "apps/*/src/**/*.ts", "plugins/*/src/**/*.ts"],
      exclude: ["**/*.test.ts", "**/index.ts"],
      reporter: ["text-summary", "json-summary"],
    },
  },
});
