import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { createTestHost, writePlugin } from "@berth/testing";
import { expect, test } from "vitest";
import { counter, openCounter } from "./counter.ts";

const SCHEMA = `
[config.schema]
type = "object"
properties.city = { type = "string" }
properties.key = { type = "string" }
additionalProperties = false
`;

/** Answers what it is configured with. */
const version = (label: string) =>
  counter({
    manifest: SCHEMA,
    top: "let settings;",
    hooks: "initialize: (ctx) => { settings = ctx.settings; },",
    each: `return { title: "${label}", lines: [JSON.stringify(settings)] };`,
  });

test("Settings go back with the code; what came from the environment is not written down [BWK-84, BWK-20]", async () => {
  const settings = { city: "Oslo", key: "s3cret-token" };
  await using host = await createTestHost({
    plugins: [version("one")],
    keepsVersions: true,
    env: { TOKEN: "s3cret-token" },
    config: { plugins: { counter: { enabled: true, isolation: "worker", accept_unenforced: [], settings } } },
  });
  await using count = openCounter(host);
  expect(await count.next()).toBe(`one ${JSON.stringify(settings)}`);
  await writePlugin(join(host.folder, "plugins"), version("two"));
  await host.reloads.reload("counter");
  expect(await count.next()).toBe(`two ${JSON.stringify(settings)}`);
  await host.reloads.rollback("counter");
  expect(await count.next()).toBe(`one ${JSON.stringify(settings)}`);
  for (const file of ["berth.sqlite", "berth.sqlite-wal"]) {
    const bytes = await readFile(join(host.folder, ".berth", file), "latin1").catch(() => "");
    expect(bytes).not.toContain("s3cret-token");
  }
});
