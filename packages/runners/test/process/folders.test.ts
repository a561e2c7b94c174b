import { chmod, chown, lstat, mkdir, readFile, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { FaultBench } from "./fault-bench.ts";

let bench: FaultBench;
beforeAll(async () => {
  bench = await FaultBench.open();
});
afterAll(() => bench[Symbol.asyncDispose]());

const refused = { code: "PLUGIN_FAILED" };

/** A folder of which another user than the host's can make use. */
async function openFolder(name: string, file = "note"): Promise<string> {
  const folder = await bench.folder(name);
  await writeFile(join(folder, file), "hello");
  await chmod(folder, 0o777);
  return folder;
}

describe("A plugin in a process", { tags: ["slow"] }, () => {
  test("opens the folders it was granted where they are, as it was granted them, and no others [RPT-142, OPS-59]", async () => {
    const [shown, own, other] = [await openFolder("shown"), await openFolder("own"), await openFolder("other")];
    const { channel, ask } = await bench.faulty({ folders: { read: [shown], write: [own] } });
    expect(await ask("read", join(shown, "note"))).toBe("hello");
    await ask("write", { path: join(own, "made"), text: "by the plugin" });
    expect(await readFile(join(own, "made"), "utf8")).toBe("by the plugin");
    await expect(ask("write", { path: join(shown, "note"), text: "bye" })).rejects.toMatchObject(refused);
    await expect(ask("read", join(other, "note"))).rejects.toMatchObject(refused);
    await expect(ask("read", "/etc/passwd")).rejects.toMatchObject(refused);
    await channel[Symbol.asyncDispose]();
  });

  test("sees its data folder when it was granted folders, and otherwise only through the host", async () => {
    const shown = await openFolder("shown-too");
    const with_ = await bench.faulty({ name: "keeper", folders: { read: [shown] } });
    await with_.ask("write", { path: "/data/kept", text: "1" });
    expect(await readFile(join(bench.root, "data-keeper/kept"), "utf8")).toBe("1");
    await with_.channel[Symbol.asyncDispose]();
    const without = await bench.faulty({ name: "keeper" });
    await expect(without.ask("read", "/data/kept")).rejects.toMatchObject(refused);
    await without.channel[Symbol.asyncDispose]();
  });

  test("does not see the data of the host and of other plugins below a folder that it was granted [OPS-24, RPT-142]", async () => {
    const own = await openFolder("working");
    const hidden = join(own, "data");
    await mkdir(hidden);
    await writeFile(join(hidden, "of-another"), "secret");
    await chmod(hidden, 0o777);
    for (const kind of ["read", "write"]) {
      const { channel, ask } = await bench.faulty({ folders: { [kind]: [own], hidden: [hidden] } });
      expect(await ask("read", join(own, "note"))).toBe("hello");
      await expect(ask("read", join(hidden, "of-another"))).rejects.toMatchObject(refused);
      await expect(ask("write", { path: join(hidden, "of-another"), text: "" })).rejects.toMatchObject(refused);
      await expect(ask("write", { path: join(hidden, "new"), text: "" })).rejects.toMatchObject(refused);
      await channel[Symbol.asyncDispose]();
    }
    expect(await readFile(join(hidden, "of-another"), "utf8")).toBe("secret");
  });

  test("cannot change its own code, nor what starts it", async () => {
    const { channel, ask } = await bench.faulty();
    for (const path of ["/plugin/faults.mjs", "/plugin/more", "/usr/bin/node", "/berth/guest.mjs", "/new"]) {
      await expect(ask("write", { path, text: "" })).rejects.toMatchObject(refused);
    }
    await ask("write", { path: "/tmp/scratch", text: "fine" });
    expect(await ask("read", "/tmp/scratch")).toBe("fine");
    await channel[Symbol.asyncDispose]();
  });

  test("is not led by a link that it left in a folder of its own", async () => {
    const own = await openFolder("linked");
    await symlink("/etc/passwd", join(own, "accounts"));
    const { channel, ask } = await bench.faulty({ folders: { write: [own] } });
    await expect(ask("read", join(own, "accounts"))).rejects.toMatchObject(refused);
    await channel[Symbol.asyncDispose]();
  });

  test("is not given a folder that lies in one which another plugin can write", async () => {
    const shared = await openFolder("shared");
    await mkdir(join(shared, "inbox"));
    const first = await bench.faulty({ name: "writer", folders: { write: [shared] } });
    const second = { name: "reader", folders: { read: [join(shared, "inbox")] } };
    await expect(bench.faulty(second)).rejects.toMatchObject({ code: "PERMISSION_DENIED" });
    await first.channel[Symbol.asyncDispose]();
    const later = await bench.faulty(second);
    await later.channel[Symbol.asyncDispose]();
  });

  test.runIf(process.getuid?.() === 0)(
    "of a host that is root runs as a user of its own, to whom its data folder belongs [OPS-24]",
    async () => {
      const shown = await openFolder("for-root");
      const data = await bench.folder("data-owner");
      await writeFile(join(data, "old"), "");
      await chown(join(data, "old"), 1_234, 1_234);
      const { channel, ask } = await bench.faulty({ name: "owner", folders: { read: [shown] } });
      await ask("write", { path: "/data/new", text: "" });
      const owners = await Promise.all(["", "old", "new"].map(async (path) => (await lstat(join(data, path))).uid));
      expect(owners[0]).toBeGreaterThan(60_000);
      expect(owners).toEqual([owners[0], owners[0], owners[0]]);
      await channel[Symbol.asyncDispose]();
    },
  );

  test("of a host that is root is started though only root can reach where it lies", async () => {
    await chmod(bench.root, 0o700);
    try {
      const shown = await openFolder("behind");
      const { channel, ask } = await bench.faulty({ name: "hidden", folders: { read: [shown] } });
      expect(await ask("read", join(shown, "note"))).toBe("hello");
      await ask("write", { path: "/data/kept", text: "1" });
      await channel[Symbol.asyncDispose]();
    } finally {
      await chmod(bench.root, 0o755);
    }
  });
});
