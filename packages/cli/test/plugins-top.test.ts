import type { PluginToWrite } from "@berth/testing";
import { describe, expect, test } from "vitest";
import { startHost } from "./host-process.ts";
import { openProject, type Project } from "./run-cli.ts";
import { Screen } from "./screen.ts";

const tags = ["slow"];

const plugin = (name: string, health: string): PluginToWrite => ({
  name,
  provides: { source: [name] },
  manifest: '[runtime]\nload = "eager"',
  source: `
    import { definePlugin, defineSource } from "@berth/sdk";
    export default definePlugin({
      health: () => (${health}),
      provides: [defineSource("${name}", { create: () => ({ fetch: async () => ({ title: "Hi", lines: [] }) }) })],
    });`,
});

async function openSick(): Promise<Project> {
  const project = await openProject({
    plugins: [
      plugin("clock", '{ health: "unhealthy", message: "no \\u001b[2Jluck" }'),
      plugin("calm", '{ health: "healthy" }'),
    ],
  });
  await project.write(
    "berth.yaml",
    `health: { interval_ms: 1000, failures: 1 }
usage: { interval_ms: 250 }
alerts: { rules: { plugin-unhealthy: { metric: health, is: unhealthy, for_ms: 0, severity: critical } } }
plugins: { clock: { isolation: inline }, calm: { isolation: worker }, misbehaving: { isolation: inline } }
`,
  );
  return project;
}

describe("berth plugins top", { tags }, () => {
  test("shows live what plugins use and what is a problem, sorts by keys, and ends by q [BWK-11] [BWK-13]", async () => {
    await using project = await openSick();
    await using host = await startHost(project);
    await host.said(/alert\.raised/);
    const screen = new Screen();
    const pressed: string[] = [];
    let press: (key: string) => void = () => undefined;
    const { code, out, err } = await project.run(["plugins", "top", "--delay", "0.5"], {
      isTTY: true,
      columns: 110,
      rows: 16,
      env: { NO_COLOR: "1", TERM: "xterm" },
      keys: (listener) => {
        press = listener;
        return { [Symbol.dispose]: () => void pressed.push("disposed") };
      },
      onText: (text) => {
        if (!text.includes("PLUGIN")) return;
        screen.write(text);
        // Each picture that is drawn is answered by one key.
        const key = ["n", "x", "q"][pressed.length];
        if (key === undefined) return;
        pressed.push(key);
        // Only once it listens, as at a keyboard.
        setImmediate(() => press(key));
      },
    });
    expect({ code, err }).toEqual({ code: 0, err: "" });
    const lines = screen.text.split("\n");
    expect(lines).toHaveLength(16);
    expect(lines[0]).toMatch(/^berth \S+, pid \d+, up .* \d\d:\d\d:\d\d$/);
    expect(lines[1]).toContain("1 alert");
    expect(screen.text).toMatch(/^calm +active +worker +\S+ +\d+(?:\.\d)?M +0 +0 +- +- +- +\d+ +0 +healthy +-$/m);
    expect(screen.text).toMatch(/^clock +active +inline +- +- +0 +0 +- +- +- +- +0 +unhealthy +1$/m);
    expect(screen.text).toMatch(
      /^critical since \d\d:\d\d:\d\d: plugin "clock": it is unhealthy \(plugin-unhealthy\)$/m,
    );
    expect(lines.at(-1)).toMatch(/\[n\] name .*q quit$/);
    // What was on the screen before is there again.
    expect(out.endsWith("\u001B[?7h\u001B[?25h\u001B[?1049l")).toBe(true);
    expect(pressed.at(-1)).toBe("disposed");
  });

  test("shows one picture where nobody watches, and all of it as JSON", async () => {
    await using project = await openSick();
    await using host = await startHost(project);
    await host.said(/alert\.raised/);
    const once = await project.run(["plugins", "top", "--once", "--sort", "name"]);
    expect(once.code).toBe(0);
    expect(once.out).not.toContain("\u001B");
    expect(once.out).toMatch(/^clock +active +inline/m);
    const { out } = await project.run(["plugins", "top", "--json"]);
    expect(JSON.parse(out)).toMatchObject({
      version: 1,
      host: { pid: host.pid, memoryMb: expect.any(Number) },
      intervalMs: 250,
      plugins: expect.arrayContaining([
        expect.objectContaining({ plugin: "clock", tier: "inline", cpuMs: null, health: "unhealthy" }),
        expect.objectContaining({ plugin: "calm", tier: "worker", cpuMs: expect.any(Number), restarts: 0 }),
      ]),
      alerts: [expect.objectContaining({ rule: "plugin-unhealthy", plugin: "clock" })],
    });
  });

  test("says what is wrong: no host, no such sorting, no such delay", async () => {
    await using project = await openSick();
    const none = await project.run(["plugins", "top"]);
    expect(none).toMatchObject({ code: 1, err: expect.stringContaining("no host runs on") });
    const sort = await project.run(["plugins", "top", "--sort", "memry"]);
    expect(sort).toMatchObject({ code: 2, err: expect.stringContaining('did you mean "memory"?') });
    const delay = await project.run(["plugins", "top", "--delay", "0"]);
    expect(delay).toMatchObject({ code: 2, err: expect.stringContaining("use a number from 0.5 to 60") });
  });
});

describe("berth health and berth plugins health", { tags }, () => {
  test("tell how all is, and end as scripts want it [BWK-4] [FLX-20]", async () => {
    await using project = await openSick();
    const none = await project.run(["health"]);
    expect(none).toMatchObject({ code: 1, err: expect.stringContaining("no host runs on") });
    await using host = await startHost(project);
    await host.said(/alert\.raised/);
    const all = await project.run(["health"]);
    expect(all.code).toBe(0);
    expect(all.out).toContain("The host is degraded, serving and ready.");
    expect(all.out).toMatch(/^plugin\/clock +unhealthy .* optional +no \\u001b\[2Jluck$/m);
    expect(all.out).toMatch(/^host\/storage +healthy .* required +host$/m);
    const others = await project.run(["health", "--exclude", "clock", "--json"]);
    expect(JSON.parse(others.out)).toMatchObject({ version: 1, health: "healthy", isReady: true });
    const plugins = await project.run(["plugins", "health", "--json"]);
    expect(plugins.code).toBe(1);
    const one = await project.run(["plugins", "health", "calm"]);
    expect(one.code).toBe(0);
    expect(one.out).toMatch(/^plugin\/calm: healthy, for /);
    const typo = await project.run(["plugins", "health", "calmm"]);
    expect(typo.err).toContain('did you mean "calm"?');
  });
});
