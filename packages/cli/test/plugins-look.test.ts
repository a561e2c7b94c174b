import { stat } from "node:fs/promises";
import { join } from "node:path";
import type { PluginToWrite } from "@berth/testing";
import { describe, expect, test } from "vitest";
import { startHost } from "./host-process.ts";
import { openProject, type Project } from "./run-cli.ts";

const tags = ["slow"];

/** One that is at work by itself, in a function of its own name. */
const plugin = (name: string): PluginToWrite => ({
  name,
  provides: { source: [name] },
  manifest: '[runtime]\nload = "eager"',
  source: `
    import { definePlugin, defineSource } from "@berth/sdk";
    // Without a loop: one that V8 had optimised before the look may be shown under the name of its caller.
    function burn_${name}(n) { return n === 0 ? 0 : Math.sqrt(n) + burn_${name}(n - 1); }
    const again = () => {
      for (const until = Date.now() + 25; Date.now() < until; ) burn_${name}(1_000);
      setTimeout(again, 20);
    };
    export default definePlugin({
      start: (ctx) => {
        ctx.log.info("begun \\u001b[2J");
        ctx.log.debug("details");
        setInterval(() => { ctx.log.warn("again"); ctx.log.debug("more details"); }, 50);
        setTimeout(again, 20);
      },
      provides: [defineSource("${name}", { create: () => ({ fetch: async () => ({ title: "Hi", lines: [] }) }) })],
    });`,
});

async function openBusy(): Promise<Project> {
  const project = await openProject({ plugins: [plugin("hot"), plugin("other"), plugin("flat")] });
  await project.write(
    "berth.yaml",
    "plugins: { hot: { isolation: process }, other: { isolation: worker }, flat: { isolation: inline }, misbehaving: { isolation: inline } }\n",
  );
  return project;
}

describe("berth plugins profile", { tags }, () => {
  test("writes a profile and a page of one plugin alone, in both tiers [BWK-12]", async () => {
    await using project = await openBusy();
    await using _host = await startHost(project);
    for (const [name, tier] of [
      ["hot", "process"],
      ["other", "worker"],
    ] as const) {
      const said = await project.run(["plugins", "profile", name, "--seconds", "1", "--output", name, "--json"]);
      expect(said).toMatchObject({ code: 0, err: "" });
      const told = JSON.parse(said.out) as { top: { name: string; share: number }[] };
      expect(told).toMatchObject({ version: 1, plugin: name, tier, samples: expect.any(Number) });
      expect(told.top[0]).toMatchObject({ name: `burn_${name}`, kind: "own" });
      expect(told.top[0]!.share).toBeGreaterThan(0.3);
      const profile = await project.read(`${name}.cpuprofile`);
      const page = await project.read(`${name}.html`);
      const burners = ["hot", "other", "flat"].filter((one) => profile.includes(`burn_${one}`));
      expect(burners).toEqual([name]);
      expect(profile).toContain("berth:guest");
      expect(page.length).toBeLessThan(200_000);
      expect(page).not.toMatch(/(?:src|href)=|https?:/);
      expect((await stat(join(project.path, `${name}.cpuprofile`))).mode & 0o777).toBe(0o600);
    }
    const again = await project.run(["plugins", "profile", "hot", "--seconds", "0.1", "--output", "hot"]);
    expect(again).toMatchObject({ code: 2, err: expect.stringContaining("it is there already; name another") });
    const words = await project.run(["plugins", "profile", "hot", "--seconds", "0.5"]);
    expect(words.code).toBe(0);
    expect(words.out).toMatch(
      /^hot 1\.0\.0 in tier process: \d+ ms at work, \d+ ms waiting\.\n +\d+\.\d % {2}burn_hot {2}\S+\n/,
    );
    expect(words.out).toMatch(/Written: \S+hot-\d{8}-\d{6}\.cpuprofile\n +\S+\.html\n$/);
    const audit = await project.run(["audit", "list", "--json"]);
    expect(audit.out).toContain('"plugin.profiled"');
  });

  test("says why it cannot, and leaves no file behind", async () => {
    await using project = await openBusy();
    const none = await project.run(["plugins", "profile", "hot"]);
    expect(none).toMatchObject({ code: 1, err: expect.stringContaining("no host runs on") });
    await using _host = await startHost(project);
    const before = await project.listing();
    const inline = await project.run(["plugins", "profile", "flat", "--seconds", "1"]);
    expect(inline).toMatchObject({
      code: 1,
      err: expect.stringContaining(
        "it runs in tier inline, where its time is the host's own; set plugins.flat.isolation",
      ),
    });
    const typo = await project.run(["plugins", "profile", "hott"]);
    expect(typo).toMatchObject({ code: 2, err: expect.stringContaining('did you mean "hot"?') });
    for (const look of ["profile", "heap", "logs"]) {
      const unknown = await project.run(["plugins", look, "zeppelin"]);
      const there = expect.stringMatching(/No plugin is named "zeppelin"; there are .*\bhot\b/) as string;
      expect(unknown).toMatchObject({ code: 2, err: there });
    }
    const long = await project.run(["plugins", "profile", "hot", "--seconds", "301"]);
    expect(long).toMatchObject({ code: 2, err: expect.stringContaining("use a number from 0.1 to 300") });
    const small = await project.run(["plugins", "heap", "hot", "--max-mb", "1"]);
    expect(small).toMatchObject({ code: 1, err: expect.stringContaining("more than 1 MiB; allow more with --max-mb") });
    const files = (await project.listing()).filter((file) => /cpuprofile|html|heapsnapshot/.test(file));
    expect(files).toEqual(before.filter((file) => /cpuprofile|html|heapsnapshot/.test(file)));
  });
});

describe("berth plugins heap", { tags }, () => {
  test("writes what a plugin holds for its operator alone, and the audit log says who took it [BWK-12]", async () => {
    await using project = await openBusy();
    await using _host = await startHost(project);
    const { code, out, err } = await project.run(["plugins", "heap", "other", "--output", "other.heapsnapshot"]);
    expect({ code, err }).toEqual({ code: 0, err: "Writing down what other holds; it stands still meanwhile…\n" });
    expect(out).toMatch(
      /^Written: .*other\.heapsnapshot, \d+\.\d MiB\. It holds all that other knows, secrets too\.\n$/,
    );
    expect(JSON.parse(await project.read("other.heapsnapshot"))).toHaveProperty("snapshot.node_count");
    expect((await stat(join(project.path, "other.heapsnapshot"))).mode & 0o777).toBe(0o600);
    const audit = await project.run(["audit", "list", "--json"]);
    expect(audit.out).toContain('"plugin.heap_taken"');
  });
});

describe("berth plugins logs and log-level", { tags }, () => {
  test("show and follow what a plugin logs, of the level that is set while it runs [BWK-12]", async () => {
    await using project = await openBusy();
    await using _host = await startHost(project);
    const first = await project.run(["plugins", "logs", "hot", "--last", "1000"]);
    expect(first).toMatchObject({ code: 0, err: "" });
    expect(first.out).toMatch(/^\d\d:\d\d:\d\d info {2}plugin\/hot {2}begun \\u001b\[2J/m);
    expect(first.out).not.toContain("details");
    expect(first.out).not.toContain("plugin/other");
    const set = await project.run(["plugins", "log-level", "hot", "debug", "--for", "10m"]);
    expect(set).toMatchObject({
      code: 0,
      out: expect.stringMatching(/^hot logs debug and above for \d+ (?:s|min), then info\.\n$/),
    });
    const info = await project.run(["plugins", "info", "hot"]);
    expect(info.out).toMatch(/^Logs +debug and above for /m);
    let seen = "";
    const followed = await project.run(["plugins", "logs", "hot", "-f", "--last", "0", "--json"], {
      onText: (text, cli) => {
        seen += text;
        if (seen.includes("more details") && seen.includes("again")) cli.signal("SIGINT");
      },
    });
    expect(followed.code).toBe(130);
    const lines = followed.out
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(lines.every(({ source }) => source === "plugin/hot")).toBe(true);
    expect(lines).toContainEqual(expect.objectContaining({ level: "debug", message: "more details" }));
    const warnings = await project.run(["plugins", "logs", "hot", "--level", "warn", "--since", "1h", "--json"]);
    expect(warnings.out).toContain('"again"');
    expect(warnings.out).not.toContain('"info"');
    const back = await project.run(["plugins", "log-level", "hot", "configured"]);
    expect(back.out).toBe("hot logs info and above.\n");
    expect(await project.run(["plugins", "log-level", "hot"])).toMatchObject({ out: "hot logs info and above.\n" });
    const typo = await project.run(["plugins", "log-level", "hot", "debgu"]);
    expect(typo).toMatchObject({ code: 2, err: expect.stringContaining('did you mean "debug"?') });
    const span = await project.run(["plugins", "log-level", "hot", "debug", "--for", "soon"]);
    expect(span).toMatchObject({ code: 2, err: expect.stringContaining("such as 90s, 10m or 2h") });
    const count = await project.run(["plugins", "logs", "hot", "--last", "-1"]);
    expect(count).toMatchObject({ code: 2, err: expect.stringContaining("use a whole number") });
  });
});
