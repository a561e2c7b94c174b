import { execFile } from "node:child_process";
import { chmod, cp, mkdtemp, readFile, rm } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import type { CallContext, ContributionId } from "@berth/contract";
import { createTestHost } from "@berth/testing";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";

let folder: string;
let server: Server;
let url: string;
beforeAll(async () => {
  // Whoever it runs as in its sandbox must be able to read its code.
  folder = await mkdtemp(join(tmpdir(), "berth-external-"));
  await chmod(folder, 0o755);
  await cp(import.meta.dirname, folder, { recursive: true });
  await promisify(execFile)("cc", ["-O2", "-pthread", "-o", "primes", "primes.c"], { cwd: join(folder, "c") });
  server = createServer((request, response) => {
    if (request.url === "/hello.json") response.end(JSON.stringify({ message: "The kettle is on" }));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  await rm(folder, { recursive: true });
});

function aCall(timeoutMs = 20_000): CallContext {
  const signal = AbortSignal.timeout(timeoutMs);
  return { signal, deadline: Infinity, attempt: 1, caller: "test", permissions: [], correlationId: "test" };
}

/** A host with the one plugin, which it runs like any other. */
async function openHost(name: string) {
  const host = await createTestHost({ plugins: [join(folder, name)] });
  const instance = (contribution: ContributionId, config: unknown) =>
    host.instance({ contribution, instanceId: "kitchen", config });
  const logged = (): string[] => host.records.map(({ message }) => message);
  return { host, instance, logged, [Symbol.asyncDispose]: () => host[Symbol.asyncDispose]() };
}

describe("A plugin in another language", { tags: ["slow"] }, () => {
  test("in Python asks the host for a page and keeps a count, in forty lines without a library [RPT-61]", async () => {
    await using opened = await openHost("python");
    const { host, instance, logged } = opened;
    await using source = instance("source/message", { url: `${url}/hello.json` });
    const fetch = source.method("fetch");
    await fetch([], aCall());
    expect(await fetch([], aCall())).toEqual({ title: "Message", lines: ["The kettle is on"] });
    expect(logged()).toContain("shown 2 times");
    expect(host.storage.pluginStore("python-source", { quotaBytes: 1_000_000 }).keys("")).toHaveLength(1);
    const lines = (await readFile(join(folder, "python/source.py"), "utf8")).trimEnd().split("\n");
    expect(lines.length).toBeLessThanOrEqual(40);
  });

  test("in Python says what is wrong with its configuration, and fails as any other", async () => {
    await using opened = await openHost("python");
    await using source = opened.instance("source/message", { url: "http://127.0.0.1:9/" });
    await expect(source.method("fetch")([], aCall())).rejects.toMatchObject({ code: "PLUGIN_FAILED" });
    expect(
      await opened.host.plugins.get("python-source").checkConfig("source/message", {}, AbortSignal.timeout(20_000)),
    ).toMatchObject([{ path: ["url"], message: "is required" }]);
  });

  test("in Python goes on counting where another version of it stopped, and says which it does not know", async () => {
    await using opened = await openHost("counter");
    const { host, instance } = opened;
    const within = AbortSignal.timeout(20_000);
    const { channel } = await host.plugins.get("python-counter").activate(within);
    expect([channel.keepsState, await channel.saveState(within)]).toEqual([true, undefined]);
    await using service = instance("service/counter", {});
    await channel.restoreState({ version: 1, value: 41 }, within);
    expect(await service.method("count")(["all"], aCall())).toBe(42);
    const saved = { version: 2, value: { all: 42 } };
    expect(await channel.saveState(within)).toEqual(saved);
    await channel.restoreState(saved, within);
    expect(await service.method("count")(["all"], aCall())).toBe(43);
    await expect(channel.restoreState({ version: 3, value: {} }, within)).rejects.toMatchObject({
      code: "STATE_INCOMPATIBLE",
      message: "it knows no version 3 of its state",
    });
  });

  test("in shell says whether an address answers, and starts no program for it", async () => {
    await using opened = await openHost("shell");
    const { instance, logged } = opened;
    await using source = instance("source/reachable", { url: `${url}/hello.json` });
    const answer = await source.method("fetch")([], aCall());
    expect(answer).toEqual({ title: `${url}/hello.json`, lines: ["It answers with 200"] });
    expect(logged()).toContain("looked");
  });

  test("in C counts primes, several calls at once", async () => {
    await using opened = await openHost("c");
    const { host, instance, logged } = opened;
    await using service = instance("service/primes", {});
    const count = service.method("countBelow");
    const counted = await Promise.all([10, 100, 1_000, 10_000].map((below) => count([below], aCall())));
    expect(counted).toEqual([4, 25, 168, 1_229]);
    expect(logged()).toContain("1229 primes below 10000");
    const store = host.storage.pluginStore("c-service", { quotaBytes: 1_000_000 });
    // It does not wait for the store, so neither can this.
    await vi.waitFor(() => expect(counted).toContain(store.get("last")));
  });

  test.each([
    ["python", "source/message", "fetch", () => ({ url: `${url}/never` }), []],
    ["shell", "source/reachable", "fetch", () => ({ url: `${url}/never` }), []],
    ["c", "service/primes", "countBelow", () => ({}), [1_000_000_000]],
  ] as const)("in %s gives up what nobody waits for any more, and goes on", async (name, id, method, config, args) => {
    await using opened = await openHost(name);
    const [plugin] = opened.host.plugins.plugins;
    await plugin!.activate(AbortSignal.timeout(20_000));
    await using instance = opened.instance(id, config());
    await expect(instance.method(method)([...args], aCall(200))).rejects.toThrow();
    expect(await plugin!.health(AbortSignal.timeout(20_000))).toMatchObject({ health: "healthy" });
    expect(await plugin!.deactivate()).toEqual([]);
  });
});
