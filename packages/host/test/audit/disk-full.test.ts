import { mkdtempDisposable } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Failpoints } from "@berth/base";
import { isHostError } from "@berth/contract";
import { verifyAudit } from "@berth/storage/audit";
import { createTestHost, type TestHost, writePlugin } from "@berth/testing";
import { mountSmallDisk, type SmallDisk } from "@berth/testing/durability";
import { describe, expect, test } from "vitest";
import { auditOf } from "../../src/audit/look-at-audit.ts";
import { aCall, echoPlugin } from "../plugins-of-tests.ts";

const signal = new AbortController().signal;
const MEGABYTES = 8;
/** What fits into pages that the disk has given already is still taken. */
const MOST_THAT_FIT = 200;

/** A disk that can be full, by a file system or by a failpoint. */
interface Disk extends Disposable {
  dataFolder: string;
  failpoints: Failpoints;
  fill(): void;
  empty(): void;
}

describe.each([
  ["a file system without a page left", bySmallDisk],
  ["a write that is refused", byFailpoint],
])("A full disk, by %s", (_what, openDisk) => {
  test("refuses changes before they are made, serves calls, and is over by itself [FLX-53]", async (context) => {
    await using folder = await mkdtempDisposable(join(tmpdir(), "berth-full-"));
    using disk = openDisk(folder.path);
    if (!disk) {
      context.skip("a small disk is mounted by root alone");
      return;
    }
    const { dataFolder, failpoints } = disk;
    await using host = await createTestHost({
      plugins: [echoPlugin("echo")],
      dataFolder,
      failpoints,
      keepsVersions: true,
    });
    await using source = host.instance({ contribution: "source/echo", instanceId: "a" });
    const fetch = (): Promise<unknown> => source.method("fetch")([], aCall());
    await fetch();
    await host.start(signal);
    await host.storage.audit.append({ kind: "test.before", plugin: "", details: {} });
    disk.fill();
    const refusal = await untilRefused(host);
    expect(refusal.message).toMatch(/^Cannot write to the audit log: the disk that holds .* is full; free some space$/);

    await expect(host.switches.switchOff("echo", { by: "ada" })).rejects.toMatchObject({ code: "STORAGE_FAILED" });
    expect(host.switches.isOn("echo")).toBe(true);
    await writePlugin(join(host.folder, "plugins"), echoPlugin("echo", { version: "2.0.0" }));
    const report = await host.reloads.reload("echo", { signal, by: "ada" });
    expect(report).toMatchObject({ outcome: "refused", failed: { error: { code: "STORAGE_FAILED" } } });
    expect(host.plugins.get("echo").manifest.plugin.version).toBe("1.0.0");
    await fetch();

    disk.empty();
    expect(await host.reloads.reload("echo", { signal, by: "ada" })).toMatchObject({ outcome: "reloaded" });
    expect(await host.switches.switchOff("echo", { by: "ada" })).toMatchObject({ hasChanged: true });
    const kinds = host.storage.audit.list({ by: "ada", limit: 2 }).map(({ kind }) => kind);
    expect(kinds).toEqual(["plugin.disabled", "plugin.reload"]);
    expect(await verifyAudit(auditOf(dataFolder))).toMatchObject({ isSound: true });
  });
});

async function untilRefused({ storage }: TestHost): Promise<Error> {
  for (let n = 0; n < MOST_THAT_FIT; n++) {
    try {
      await storage.audit.append({ kind: "test.filling", plugin: "", details: { text: "x".repeat(2_000) } });
    } catch (error) {
      if (isHostError(error, "STORAGE_FAILED")) return error;
      throw error;
    }
  }
  throw new Error("The disk takes more than it has room for");
}

function bySmallDisk(parent: string): Disk | undefined {
  const disk: SmallDisk | { reason: string } = mountSmallDisk(parent, MEGABYTES);
  if ("reason" in disk) {
    console.info(`a full file system was not tried: ${disk.reason}`);
    return undefined;
  }
  return { ...disk, dataFolder: join(disk.folder, "data"), failpoints: new Failpoints() };
}

function byFailpoint(parent: string): Disk {
  const failpoints = new Failpoints();
  const armed = new DisposableStack();
  const full = (): never => {
    throw Object.assign(new Error("no space left on device"), { code: "ENOSPC" });
  };
  return {
    dataFolder: join(parent, "data"),
    failpoints,
    fill: () => {
      for (const name of ["audit.write", "storage.commit"]) armed.use(failpoints.arm(name, full));
    },
    empty: () => armed.dispose(),
    [Symbol.dispose]: () => armed.dispose(),
  };
}
