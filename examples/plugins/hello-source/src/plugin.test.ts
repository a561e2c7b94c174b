import { cp, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openRecordedServer, openTestSource, type RecordedServer } from "@berth/testing";
import { afterEach, beforeEach, describe, expect, test } from "vitest";

const FOLDER = join(import.meta.dirname, "..");
const NOW = Date.UTC(2026, 3, 1);

let server: RecordedServer;
beforeEach(async () => {
  const response = { status: 200, body: { message: "The kettle is on" } };
  server = await openRecordedServer({ recordings: [{ request: { path: "/hello.json" }, response }] });
});
afterEach(() => server[Symbol.asyncDispose]());

const open = (config: Record<string, unknown>, folder = FOLDER) =>
  openTestSource({ folder, source: "hello", config, now: () => NOW });

describe("hello-source", () => {
  test.each([
    [{}, "hello-source: url is required: set it to the address of a JSON document"],
    [{ url: "somewhere" }, "hello-source: url must be an address"],
    [{ link: "https://example.org" }, "link is not a known field"],
  ])("refuses %j, naming plugin and field [SIG-145]", async (config, message) => {
    await expect(open(config)).rejects.toMatchObject({
      code: "CONFIG_INVALID",
      message: expect.stringContaining(message),
    });
  });

  test("shows the message, and logs that it asks [SIG-145]", async () => {
    await using source = await open({ url: `${server.url}/hello.json` });
    expect(await source.fetch()).toEqual({
      title: "Hello",
      lines: ["The kettle is on"],
      observedAt: "2026-04-01T00:00:00.000Z",
    });
    expect(source.logs).toEqual([{ level: "info", message: "asking for the message", fields: { host: server.host } }]);
  });

  test("warns when there is no data, and returns nothing [SIG-145]", async () => {
    await using source = await open({ url: `${server.url}/hello.json` });
    server.use("missing-fields");
    expect(await source.fetch()).toBeUndefined();
    expect(source.logs.at(-1)).toEqual({ level: "warn", message: "there is no message" });
  });

  test("tells trouble plainly", async () => {
    await using source = await open({ url: `${server.url}/hello.json` });
    server.use("server-error");
    await expect(source.fetch()).rejects.toThrow("The message's server failed (500)");
  });

  test("a copy under another name is a plugin of its own [SIG-158]", async () => {
    const folder = await mkdtemp(join(tmpdir(), "my-source-"));
    try {
      await cp(FOLDER, folder, { recursive: true });
      await symlink(join(FOLDER, "../../../node_modules"), join(folder, "node_modules"), "junction");
      for (const [path, from, to] of [
        ["plugin.toml", '"hello-source"', '"kettle-source"'],
        ["plugin.toml", '["hello"]', '["kettle"]'],
        ["src/plugin.ts", 'defineSource("hello"', 'defineSource("kettle"'],
      ] as const) {
        const text = await readFile(join(folder, path), "utf8");
        await writeFile(join(folder, path), text.replace(from, to));
      }
      const config = { url: `${server.url}/hello.json`, greeting: "Kitchen" };
      await using source = await openTestSource({ folder, source: "kettle", config });
      expect(await source.fetch()).toMatchObject({ title: "Kitchen" });
      await expect(openTestSource({ folder, source: "kettle" })).rejects.toThrow("kettle-source: url is required");
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
