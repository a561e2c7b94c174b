import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { LogEntry } from "@berth/contract";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { buildComponent, type BuiltComponent } from "../../src/wasm/build/index.ts";
import { aCall, NEVER } from "../remote/open-request.ts";
import { RecordingCapabilities } from "../remote/recording-capabilities.ts";
import { openComponent, type OpenComponent } from "./open-component.ts";

const ENTRY = join(import.meta.dirname, "plugins/typescript-plugin.ts");
const PROVIDES = ["service/probe", "source/greeting"];

let built: BuiltComponent;
let component: Uint8Array;
beforeAll(async () => {
  built = await buildComponent({ entry: ENTRY, permissions: { network: true } });
  component = built.bytes;
});

test("a component imports what the manifest asks for, and what its voice needs", () => {
  expect(built.imports).toEqual(["host", "clock", "random", "fetch"].map((name) => `berth:plugin/${name}@1.0.0`));
});

describe("a TypeScript plugin that was built into a component [RPT-61, RPT-62]", { tags: ["slow"] }, () => {
  const host = new RecordingCapabilities();
  let open: OpenComponent;

  beforeAll(async () => {
    open = await openComponent(component, { provides: PROVIDES, capabilities: () => host.of() });
  });
  afterAll(() => open[Symbol.asyncDispose]());

  test("provides what it says, with schemas of its own", async () => {
    expect(await open.channel.describe(NEVER)).toMatchObject([
      { id: "service/probe" },
      { id: "source/greeting", configSchema: { properties: { name: { default: "nobody" } } } },
    ]);
    expect(await open.channel.checkConfig("source/greeting", { nam: 1 }, NEVER)).toHaveLength(1);
    await open.channel.openInstance(
      { contribution: "source/greeting", instanceId: "g", config: { name: "Ada" } },
      NEVER,
    );
    expect(await open.channel.method("g", "fetch")([], aCall())).toEqual({ title: "Hello", lines: ["Ada"] });
  });

  test.each<[string, unknown]>([
    ["address", ["https://api.example.org/v1?q=%C3%A9", "é"]],
    ["early", "early"],
    ["times", [true, true, true, 0]],
    [
      "generators",
      [
        [1, 2, 3],
        [1, 2],
      ],
    ],
    ["using", ["used", "disposed"]],
    ["base", [["Ada"], true]],
    ["secret", "[secret]"],
    ["nothingElse", ["undefined", "undefined", "object"]],
  ])("has what plugins take for granted: %s", async (method, answer) => {
    expect(await open.ask(method)).toEqual(answer);
  });

  test("draws other numbers than another one of the same build", async () => {
    await using other = await openComponent(component, { provides: PROVIDES });
    expect(await open.ask("random")).not.toEqual(await other.ask("random"));
  });

  test("waits by timers, and does several things meanwhile", async () => {
    expect(await open.ask("timers")).toBeGreaterThanOrEqual(2);
    const asked = [60, 40, 20].map((ms) => open.ask("meanwhile", ms));
    expect(await Promise.race(asked)).toBe(20);
    expect(await Promise.all(asked)).toEqual([60, 40, 20]);
  });

  test("has a fetch that goes through the host", async () => {
    expect(await open.ask("globalFetch", "https://a.example/x")).toEqual({ status: 201, text: "body" });
    expect(host.calls.at(-1)).toMatchObject(["fetch", { url: "https://a.example/x", headers: [["x-a", "1"]] }]);
    expect(await open.ask("ownFetch", "https://a.example/y")).toBe(201);
  });

  test("is denied what its manifest did not ask for, without the host being asked", async () => {
    const before = host.calls.length;
    await expect(open.ask("exec")).rejects.toMatchObject({
      code: "PERMISSION_DENIED",
      message: expect.stringContaining("does not import berth:plugin/exec"),
    });
    expect(host.calls).toHaveLength(before);
  });

  test("takes and gives megabytes", async () => {
    const bytes = new Uint8Array(4_000_000).fill(9);
    expect(await open.ask("echo", bytes)).toEqual(bytes);
    expect(await open.ask("large", 2_000_000)).toEqual({ bytes: new Uint8Array(2_000_000).fill(3) });
  });

  test("writes to the log by the console", async () => {
    await open.ask("console");
    const lines = host.calls.flatMap(([name, entry]) => (name === "log" ? [entry as LogEntry] : []));
    expect(lines[0]).toEqual({ level: "info", message: 'a line {"of":"the log"}' });
    expect(lines[1]).toMatchObject({ level: "error", message: expect.stringContaining("RangeError: seen") });
  });
});

describe("a TypeScript component that does harm is ended", { tags: ["slow"] }, () => {
  test.each([
    ["unhandled", "nobody looked"],
    ["late", "TypeError: thrown in a timer"],
  ])("by an error that nobody caught: %s", async (method, message) => {
    await using open = await openComponent(component, { provides: PROVIDES });
    await open.ask(method).catch(() => undefined);
    const { reason } = await open.channel.exited;
    expect(reason).toContain(`an error that it did not catch`);
    expect(reason).toContain(message);
  });

  test("memory is refused to it, and it may go on [OPS-52]", async () => {
    await using open = await openComponent(component, { provides: PROVIDES, limits: { memory_mb: 24 } });
    await expect(open.ask("hoard")).rejects.toThrow("out of memory");
    // What it says is kept in its memory until it is asked again.
    await expect(open.ask("flood")).rejects.toThrow("out of memory");
    expect(await open.ask("echo", 1)).toBe(1);
    await expect
      .poll(() => open.request.limitEvents)
      .toMatchObject([{ limit: "memory_mb", allowed: 24, action: "refused" }]);
  });
});

describe("the build says what is wrong", () => {
  test.each<[string, string, string]>([
    ["a slip of the pen", "export default definePlugin({;", "plugin.ts:1:30: Expected identifier"],
    [
      "a module of Node.js",
      'import "node:fs/promises"; export default 1;',
      "node:fs/promises is a part of Node.js, which a component has not; use ctx.files",
    ],
    [
      "another one",
      'import os from "os"; export default os;',
      "os is a part of Node.js, which a component has not; leave it out, or run the plugin in tier process",
    ],
    [
      "a package that is not there",
      'import "no-such-package"; export default 1;',
      'Could not resolve "no-such-package"',
    ],
    ["a module that waits", "await Promise.resolve(1); export default 1;", "cannot wait there; await it in initialize"],
    ["an error when it is loaded", 'throw new Error("not today"); export default 1;', "not today"],
  ])("%s", async (_, source, message) => {
    const folder = await mkdtemp(join(tmpdir(), "berth-build-"));
    try {
      await writeFile(join(folder, "plugin.ts"), source);
      await expect(buildComponent({ entry: join(folder, "plugin.ts"), permissions: {} })).rejects.toMatchObject({
        code: "PLUGIN_FAILED",
        message: expect.stringContaining(message),
      });
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
