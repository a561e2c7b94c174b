import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmod, mkdir, mkdtempDisposable, readFile, stat, writeFile } from "node:fs/promises";
import { connect, createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { systemClock } from "@berth/base";
import type { ReloadReport } from "@berth/kernel/reload";
import { HostError } from "@berth/contract";
import { HOST_VERSION, type Reloads } from "@berth/host";
import { createTestHost, type PluginToWrite } from "@berth/testing";
import { describe, expect, test } from "vitest";
import { type EventView, findHost, openControl } from "../src/index.ts";
import { openControlled } from "./open-controlled.ts";

const clock = systemClock;

const greeter = (more: Partial<PluginToWrite> = {}): PluginToWrite => ({
  name: "greeter",
  provides: { source: ["greeting"] },
  source: `
    import { definePlugin, defineSource } from "@berth/sdk";
    export default definePlugin({
      provides: [defineSource("greeting", { create: () => ({ fetch: async () => ({ title: "Hi", lines: [] }) }) })],
    });`,
  ...more,
});

/** A plain program that knows only JSON lines. */
async function openPlain(path: string): Promise<Socket> {
  const socket = connect(path);
  await once(socket, "connect");
  return socket;
}

describe("the control socket", () => {
  test("says what the host and its plugins are, to its own user alone [RPT-92] [RPT-93] [FLX-26]", async () => {
    await using controlled = await openControlled({ plugins: [greeter()] });
    const { host, control, found } = controlled;
    expect((await stat(control.path)).mode & 0o777).toBe(0o600);
    expect(found.status).toMatchObject({
      protocol: 1,
      version: HOST_VERSION,
      pid: process.pid,
      dataFolder: host.dataFolder,
      plugins: { total: 1, active: 0, failed: 0, disabled: 0 },
    });
    await host.plugins.get("greeter").activate(AbortSignal.timeout(20_000));
    const { plugins } = await found.client.ask("plugins.list", {});
    expect(plugins).toEqual([
      expect.objectContaining({ name: "greeter", state: "active", generation: 1, enabled: true, trust: "first-party" }),
    ]);
    const info = await found.client.ask("plugins.info", { plugin: "greeter" });
    expect(info).toMatchObject({ provides: ["source/greeting"], dependents: [], limitHits: [] });
    await expect(found.client.ask("plugins.info", { plugin: "greter" })).rejects.toMatchObject({
      code: "PLUGIN_NOT_FOUND",
      message: 'No plugin is named "greter"; did you mean "greeter"?',
    });
  });

  test("switches plugins, and keeps who did it [RPT-96]", async () => {
    await using controlled = await openControlled({ plugins: [greeter()] });
    const { host, found } = controlled;
    await host.plugins.get("greeter").activate(AbortSignal.timeout(20_000));
    const order = { plugin: "greeter", by: "ada\u001b[2J" };
    expect(await found.client.ask("plugins.disable", order)).toMatchObject({ enabled: false, changed: true });
    const { plugins } = await found.client.ask("plugins.list", { health: false });
    expect(plugins).toEqual([expect.objectContaining({ state: "unloaded", enabled: false })]);
    expect(await found.client.ask("plugins.enable", order)).toMatchObject({ enabled: true, changed: true });
    expect(host.storage.audit.list().map(({ kind, details }) => [kind, details])).toEqual([
      ["plugin.enabled", { by: "ada\\u001b[2J" }],
      ["plugin.disabled", { by: "ada\\u001b[2J" }],
    ]);
  });

  test("replaces plugins by the host's reloads, tells them who wants it, and how that ended [OPS-47]", async () => {
    const report: ReloadReport = {
      plugin: "greeter",
      outcome: "refused",
      serving: { generation: 1, version: "1.0.0", digest: "sha256:0" },
      failed: { step: "initialize", error: new HostError("PLUGIN_FAILED", "no luck", { details: { line: 3 } }) },
      dependents: ["other"],
      tookMs: 12,
      heldMs: 0,
    };
    const calls: unknown[] = [];
    const reloads: Reloads = {
      reload: async (plugin, options) => (calls.push([plugin, options?.always, options?.by]), report),
      reloadAll: async () => [report, { ...report, outcome: "reloaded" }],
      rollback: async (plugin, options) => (
        calls.push([plugin, options?.to, options?.by]),
        { ...report, outcome: "rolled-back" }
      ),
      history: async (plugin) => [
        {
          id: 2,
          plugin,
          version: "1.0.0",
          digest: "sha256:0",
          since: 5,
          isCurrent: true,
          hasFailed: false,
          hasState: false,
        },
      ],
      onDidReload: () => ({ [Symbol.dispose]: () => undefined }),
    };
    await using controlled = await openControlled({ plugins: [greeter()] }, { reloads });
    const { found } = controlled;
    const told = {
      ...report,
      failed: { step: "initialize", error: { code: "PLUGIN_FAILED", message: "no luck", details: { line: 3 } } },
    };
    const by = "ada";
    expect(await found.client.ask("plugins.reload", { plugin: "greeter", by })).toEqual(told);
    expect(await found.client.ask("plugins.reload_all", { by })).toEqual({
      reports: [told, { ...told, outcome: "reloaded" }],
    });
    expect(await found.client.ask("plugins.rollback", { plugin: "greeter", by, to: 2 })).toMatchObject({
      outcome: "rolled-back",
    });
    expect((await found.client.ask("plugins.history", { plugin: "greeter" })).generations).toHaveLength(1);
    expect(calls).toEqual([
      ["greeter", true, by],
      ["greeter", 2, by],
    ]);
  });

  test("tells watchers what the host does, and what plugins say only to those who ask", async () => {
    await using controlled = await openControlled({ plugins: [greeter()] });
    const { host, found } = controlled;
    host.masker.register("hunter22");
    const heard: EventView[] = [];
    const enough = Promise.withResolvers<void>();
    using _listening = found.client.onEvent((event) => {
      heard.push(event);
      if (event.subject === "plugin.last") enough.resolve();
    });
    await found.client.ask("events.watch", { subjects: ["plugin.*", "config.>"] });
    host.events.publish({ subject: "plugin.limit", data: { why: "hunter22" }, from: "host" });
    host.events.publish({ subject: "plugin.gossip", data: 1, from: "plugin/greeter" });
    host.events.publish({ subject: "other.thing", data: 1, from: "host" });
    host.events.publish({ subject: "plugin.last", data: 2, from: "host" });
    await enough.promise;
    expect(heard.map(({ subject, data, lost }) => [subject, data, lost])).toEqual([
      ["plugin.limit", { why: "***" }, 0],
      ["plugin.last", 2, 0],
    ]);
  });

  test("speaks JSON lines to any program, and says what is wrong with what it cannot take", async () => {
    await using controlled = await openControlled({ plugins: [greeter()] });
    const plain = await openPlain(controlled.control.path);
    const said = text(plain);
    plain.write('{"jsonrpc":"2.0","id":1,"method":"host.status"}\n{"id":2,"method":"host.stop"}\n');
    plain.end(
      '{"id":3,"method":"plugins.disable","params":{"plugin":7}}\n{"id":4,"method":"events.watch","params":{"subjects":["a b"]}}\n',
    );
    const answers = (await said)
      .trim()
      .split("\n")
      .flatMap((line) => JSON.parse(line) as { id: number; error?: { code: number; message: string } });
    const byId = new Map(answers.map((answer) => [answer.id, answer]));
    expect(byId.get(1)).toMatchObject({ result: { pid: process.pid } });
    expect(byId.get(2)).toMatchObject({ error: { code: -32_601 } });
    expect(byId.get(3)).toMatchObject({ error: { code: -32_602, message: expect.stringContaining("plugin:") } });
    expect(byId.get(4)).toMatchObject({ error: { code: -32_602, message: expect.stringContaining("subjects.0") } });
  });

  test.each([
    ["no JSON", "GET / HTTP/1.1\r\n\r\n"],
    ["a list of nothing known", '[1,2,"x"]\n'],
    ["a binary frame", Buffer.from([0xc1, 0xff, 0xff, 0xff, 0xff])],
    ["a line without an end", "x".repeat(17 * 2 ** 20)],
    ["a request and half of another", '{"id":1,"method":"plugins.list"}\n{"id":2,'],
  ])("ends a conversation with %s, and goes on with the others", async (_what, garbage) => {
    await using controlled = await openControlled({ plugins: [greeter()] });
    const plain = await openPlain(controlled.control.path);
    // Whether it is torn off or closed in order, it ends.
    const ended = new Promise((resolve) => plain.on("error", resolve).on("close", resolve));
    plain.resume();
    plain.end(garbage);
    await ended;
    expect(await controlled.found.client.ask("host.status", {})).toMatchObject({ pid: process.pid });
  });

  test("bears one that goes in the middle of a request, and tells who asks when the host goes", async () => {
    const slow = greeter({
      source: `
        import { definePlugin, defineSource } from "@berth/sdk";
        export default definePlugin({
          health: () => new Promise(() => {}),
          provides: [defineSource("greeting", { create: () => ({ fetch: async () => ({ title: "Hi", lines: [] }) }) })],
        });`,
    });
    await using controlled = await openControlled({ plugins: [slow] });
    const { host, control, found } = controlled;
    await host.plugins.get("greeter").activate(AbortSignal.timeout(20_000));
    const plain = await openPlain(control.path);
    plain.write('{"id":1,"method":"plugins.list"}\n');
    plain.destroy();
    const asked = expect(found.client.ask("plugins.list", {})).rejects.toMatchObject({
      code: "CONTROL_UNREACHABLE",
      message: "Cannot talk to the running host: it ended before it answered",
    });
    // It has arrived when a later one was answered.
    await found.client.ask("plugins.list", { health: false });
    await control[Symbol.asyncDispose]();
    await asked;
    expect(await findHost({ dataFolder: host.dataFolder, clock })).toBeUndefined();
  });
});

describe("openControl", () => {
  test("is refused while another host listens on the data folder, and takes the place of one that is gone", async () => {
    await using host = await createTestHost();
    {
      await using first = await openControl({ host, env: {} });
      await expect(openControl({ host, env: {} })).rejects.toMatchObject({
        code: "CONTROL_TAKEN",
        message: expect.stringContaining("a host runs there"),
      });
      expect(await findHost({ dataFolder: host.dataFolder, clock })).toMatchObject({ status: { pid: process.pid } });
      expect((await stat(first.path)).isSocket()).toBe(true);
    }
    // As a killed host leaves it: a socket at which nobody listens. Node.js would remove its own.
    await leaveSocket(join(host.dataFolder, "control.sock"));
    expect(await findHost({ dataFolder: host.dataFolder, clock })).toBeUndefined();
    await using _second = await openControl({ host, env: {} });
    expect(await findHost({ dataFolder: host.dataFolder, clock })).toMatchObject({ status: { pid: process.pid } });
  });

  test("lets one of many that start at once have it", async () => {
    await using host = await createTestHost();
    await leaveSocket(join(host.dataFolder, "control.sock"));
    const outcomes = await Promise.allSettled(Array.from({ length: 8 }, () => openControl({ host, env: {} })));
    const open = outcomes.filter((outcome) => outcome.status === "fulfilled").map(({ value }) => value);
    try {
      expect(open).toHaveLength(1);
      expect(await findHost({ dataFolder: host.dataFolder, clock })).toBeDefined();
    } finally {
      for (const control of open) await control[Symbol.asyncDispose]();
    }
  });

  test("goes elsewhere when the path is too long for a socket, and leaves nothing behind", async () => {
    await using folder = await mkdtempDisposable(join(tmpdir(), "berth-control-"));
    const runtime = join(folder.path, "run");
    await mkdir(runtime);
    await using host = await createTestHost({ folder: join(folder.path, "long".repeat(30)) });
    const nameFile = join(host.dataFolder, "control.path");
    {
      await using control = await openControl({ host, env: { XDG_RUNTIME_DIR: runtime } });
      expect(control.path.startsWith(runtime)).toBe(true);
      expect(await readFile(nameFile, "utf8")).toBe(`${control.path}\n`);
      expect((await stat(join(control.path, ".."))).mode & 0o777).toBe(0o700);
      expect(await findHost({ dataFolder: host.dataFolder, clock })).toMatchObject({ status: { pid: process.pid } });
      await expect(openControl({ host, env: {} })).rejects.toMatchObject({ code: "CONTROL_TAKEN" });
    }
    await expect(stat(nameFile)).rejects.toMatchObject({ code: "ENOENT" });
  });

  test("does not use a folder that others can enter", async () => {
    await using folder = await mkdtempDisposable(join(tmpdir(), "berth-control-"));
    const runtime = join(folder.path, "run");
    const own = join(runtime, `berth-${process.getuid?.()}`);
    await mkdir(own, { recursive: true, mode: 0o777 });
    await using host = await createTestHost({ folder: join(folder.path, "long".repeat(30)) });
    await using control = await openControl({ host, env: { XDG_RUNTIME_DIR: runtime } });
    expect(control.path.startsWith(runtime)).toBe(false);
  });
});

describe("the rights of the socket", () => {
  const isRoot = process.getuid?.() === 0;
  if (!isRoot) console.info("that no other user may connect was not tried: only root can become another user");

  test.runIf(isRoot)("keep every other user out, of the socket and of the lock", async () => {
    await using controlled = await openControlled({ plugins: [] });
    const { host, control } = controlled;
    // All may enter the folders around it.
    await chmod(host.folder, 0o755);
    await chmod(host.dataFolder, 0o755);
    const program = `require("node:net").connect(${JSON.stringify(control.path)})
      .on("connect", () => console.log("connected"))
      .on("error", ({ code }) => console.log(code));`;
    const child = spawn(process.execPath, ["-e", program], { uid: 65_534, gid: 65_534, cwd: "/", env: {} });
    expect((await text(child.stdout)).trim()).toBe("EACCES");
    expect((await stat(join(host.dataFolder, "control.lock"))).mode & 0o777).toBe(0o600);
  });
});

describe("findHost", () => {
  test.each([
    ["a plain file", async (path: string) => writeFile(path, "hello")],
    ["nothing", async () => undefined],
  ])("finds none where there is %s", async (_what, put) => {
    await using folder = await mkdtempDisposable(join(tmpdir(), "berth-control-"));
    await put(join(folder.path, "control.sock"));
    await writeFile(join(folder.path, "control.path"), "relative/../../path\n");
    expect(await findHost({ dataFolder: folder.path, clock })).toBeUndefined();
  });

  test("says that something listens there which is no host", async () => {
    await using folder = await mkdtempDisposable(join(tmpdir(), "berth-control-"));
    await using server = createServer((socket) => socket.resume().end("HTTP/1.1 400 Bad Request\r\n\r\n"));
    server.listen(join(folder.path, "control.sock"));
    await once(server, "listening");
    await expect(findHost({ dataFolder: folder.path, clock })).rejects.toMatchObject({ code: "CONTROL_UNREACHABLE" });
  });
});

/** Another process binds it and is killed. */
async function leaveSocket(path: string): Promise<void> {
  const program = `require("node:net").createServer().listen(${JSON.stringify(path)}, () => console.log("ready"))`;
  const child = spawn(process.execPath, ["-e", program], { stdio: ["ignore", "pipe", "inherit"] });
  await once(child.stdout, "data");
  child.kill("SIGKILL");
  await once(child, "close");
}
