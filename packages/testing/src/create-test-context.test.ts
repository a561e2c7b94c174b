import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createTestContext } from "./create-test-context.ts";
import { openRecordedServer } from "./recorded-server.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "berth-context-"));
});
afterEach(() => rm(folder, { recursive: true }));

describe("createTestContext", () => {
  test("keeps log, store and events where a test can look", async () => {
    const { ctx, logs, store, published } = createTestContext({ now: () => 7 });
    ctx.log.warn("careful", { at: ctx.now() });
    await ctx.store.set("seen", { times: 1 });
    await ctx.events.publish("made.it", 1);
    expect(logs).toEqual([{ level: "warn", message: "careful", fields: { at: 7 } }]);
    expect([...store]).toEqual([["seen", { times: 1 }]]);
    expect(published).toEqual([{ subject: "made.it", data: 1 }]);
  });

  test("allows only what is named", async () => {
    const { ctx } = createTestContext({ root: folder });
    const denied = { code: "PERMISSION_DENIED" };
    await expect(ctx.fetch("http://127.0.0.1:1/")).rejects.toMatchObject(denied);
    await expect(ctx.exec("git", ["--version"])).rejects.toMatchObject(denied);
    await expect(ctx.files.readText("/proc/version")).rejects.toMatchObject(denied);
    await expect(ctx.files.write("../out", "")).rejects.toMatchObject(denied);
    await expect(ctx.services.call("runs", "summary")).rejects.toMatchObject(denied);
    await expect(ctx.secrets.get("key")).rejects.toMatchObject(denied);
  });

  test("reaches the real world where it is allowed", async () => {
    await writeFile(join(folder, "note"), "hello");
    const recordings = [{ request: { path: "/" }, response: { status: 200, body: { fine: true } } }];
    await using server = await openRecordedServer({ recordings });
    const { ctx } = createTestContext({
      root: folder,
      fetchAllowed: [server.host],
      execAllowed: ["node"],
      services: { echo: { say: (input) => input } },
      secrets: { key: "k3y" },
    });
    expect(await (await ctx.fetch(server.url)).json()).toEqual({ fine: true });
    expect(await ctx.files.readText("note")).toBe("hello");
    expect(await ctx.files.list(".")).toEqual([{ name: "note", kind: "file" }]);
    expect((await ctx.files.diskUsage(folder)).total).toBeGreaterThan(0);
    expect(await ctx.exec("node", ["-e", "process.stdin.pipe(process.stdout)"], { input: "in" })).toMatchObject({
      exitCode: 0,
      stdout: "in",
    });
    expect(await ctx.services.call("echo", "say", [1])).toEqual([1]);
    expect((await ctx.secrets.get("key")).reveal()).toBe("k3y");
  });

  test("has the host's own connections, timers, variables and handles of secrets", async () => {
    const recordings = [{ request: { path: "/" }, response: { status: 200, body: { fine: true } } }];
    await using server = await openRecordedServer({ recordings });
    await using context = createTestContext({
      fetchAllowed: [server.host],
      secrets: { TOKEN: "s3cr3t-token" },
      env: { LANG: "C.UTF-8" },
    });
    const { ctx } = context;
    expect(await ctx.env.get("LANG")).toBe("C.UTF-8");
    await expect(ctx.env.get("PATH")).rejects.toMatchObject({ code: "PERMISSION_DENIED" });
    const token = await ctx.secrets.handle("TOKEN");
    await ctx.fetch(server.url, { headers: { authorization: `Bearer ${String(token)}` } });
    expect(server.requests[0]?.headers["authorization"]).toBe("Bearer s3cr3t-token");
    const fired = Promise.withResolvers<void>();
    await ctx.schedule.after(0, () => fired.resolve());
    await fired.promise;
    const [host, port] = server.host.split(":");
    using connection = await ctx.connect(host!, Number(port));
    const writer = connection.writable.getWriter();
    await writer.write(new TextEncoder().encode("GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n"));
    expect(await new Response(connection.readable).text()).toContain('{"fine":true}');
    await expect(ctx.connect(host!, 1)).rejects.toMatchObject({ code: "PERMISSION_DENIED" });
  });

  test("reports an exit code as a result, a missing program and too much output as errors", async () => {
    const { ctx } = createTestContext({ execAllowed: ["node", "no-such-program"], root: folder });
    expect(await ctx.exec("node", ["-e", "process.exit(3)"])).toMatchObject({ exitCode: 3 });
    await expect(ctx.exec("no-such-program")).rejects.toMatchObject({ code: "CAPABILITY_FAILED" });
    const flood = ctx.exec("node", ["-e", "console.log('x'.repeat(9999))"], { maxOutputBytes: 100 });
    await expect(flood).rejects.toMatchObject({ code: "LIMIT_EXCEEDED" });
  });
});
