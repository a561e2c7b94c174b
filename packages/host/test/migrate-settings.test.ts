import { ManualClock } from "@berth/base";
import { createTestHost } from "@berth/testing";
import { expect, test } from "vitest";
import { migrateSettings } from "../src/config/index.ts";

const HANGING = {
  name: "hanging",
  provides: { service: ["hanging"] },
  source: `
    import { definePlugin, defineService } from "@berth/sdk";
    export default definePlugin({
      migrations: [{ from: 1, to: 2, migrate: () => new Promise(() => globalThis.migrationHasBegun?.()) }],
      provides: [defineService("hanging", { create: () => ({ methods: {} }) })],
    });`,
};

test("migrateSettings gives a migration thirty seconds, and then it has failed [BWK-18]", async () => {
  const clock = new ManualClock();
  await using host = await createTestHost({ plugins: [HANGING], clock });
  const { promise: begun, resolve } = Promise.withResolvers<void>();
  Reflect.set(globalThis, "migrationHasBegun", resolve);
  const plugin = host.plugins.get("hanging");
  const migration = migrateSettings({ plugin, settings: {}, from: 1, to: 2, clock }, AbortSignal.timeout(20_000));
  const failure = migration.catch((error: unknown) => error);
  await begun;
  await clock.advance(30_000);
  expect(await failure).toMatchObject({
    code: "MIGRATION_FAILED",
    message: 'Cannot migrate the settings of plugin "hanging": it took longer than 30 s',
  });
  expect(plugin.state).toBe("unloaded");
  Reflect.deleteProperty(globalThis, "migrationHasBegun");
});
