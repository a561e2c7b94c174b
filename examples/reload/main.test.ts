import { cp, mkdtempDisposable } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createHost } from "@berth/host";
import { defaultHostConfig } from "@berth/kernel/config";
import { expect, test } from "vitest";

const here = import.meta.dirname;

test("the example of the guide: a version with another form of state takes over, and the first one comes back with its own [FLX-21, FLX-22, FLX-23, OPS-46, BWK-84]", async () => {
  await using project = await mkdtempDisposable(join(tmpdir(), "berth-example-"));
  const plugins = join(project.path, "plugins");
  await cp(join(here, "plugins"), plugins, { recursive: true });
  const config = defaultHostConfig();
  config.plugins = { tally: { enabled: true, isolation: "worker", accept_unenforced: [] } };
  await using host = await createHost({
    roots: [{ kind: "folder", path: plugins, trust: "first-party" }],
    config,
    workingFolder: project.path,
    keepsVersions: true,
  });
  const add = (thing: string) =>
    host.services.call({ service: "tally", method: "add", input: thing, caller: "app/example" });
  expect([await add("apple"), await add("pear")]).toEqual([1, 2]);

  await cp(join(here, "next"), join(plugins, "tally"), { recursive: true });
  expect(await host.reloads.reload("tally")).toMatchObject({ outcome: "reloaded", serving: { version: "2.0.0" } });
  expect([await add("apple"), await add("before version 2")]).toEqual([1, 3]);

  expect(await host.reloads.rollback("tally")).toMatchObject({ serving: { version: "1.0.0" } });
  expect(await add("plum")).toBe(3);
});
