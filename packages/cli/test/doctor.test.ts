import { describe, expect, test } from "vitest";
import { openProject } from "./run-cli.ts";

describe("berth doctor", () => {
  test("says what each tier offers here, what holds each limit, and that every plugin can run", async () => {
    await using project = await openProject();
    const before = await project.listing();
    const { code, out, err } = await project.run(["doctor"]);
    expect({ code, err }).toEqual({ code: 0, err: "" });
    expect(out).toMatch(new RegExp(`^Node\\.js +${process.versions.node}$`, "m"));
    expect(out).toMatch(/^Data folder +\S+\.berth: made at the first start$/m);
    expect(out).toMatch(/^inline +no walls +/m);
    expect(out).toMatch(/^worker +faults stay inside, no sandbox +/m);
    expect(out).toMatch(/^limits\.store_mb +counted by the host's store/m);
    expect(out).toMatch(/^misbehaving +\S+ +inline +yes$/m);
    expect(out.trimEnd().split("\n").at(-1)).toBe("Every plugin can run here.");
    expect(await project.listing()).toEqual(before);
  });

  test("ends with 1 and says why where a plugin cannot run", async () => {
    await using project = await openProject();
    await project.write("berth.yaml", "plugins: { misbehaving: { isolation: inline, limits: { cpu_percent: 20 } } }\n");
    const { code, out } = await project.run(["doctor"]);
    expect(code).toBe(1);
    expect(out).toMatch(
      /^misbehaving +\S+ +inline +no +Cannot run plugin "misbehaving" in tier inline: it cannot enforce/m,
    );
    expect(out).toContain("Not every plugin can run here, see above.");
  });

  test("is a document for those who asked for one", async () => {
    await using project = await openProject();
    const { out } = await project.run(["doctor", "--json"]);
    const report = JSON.parse(out) as { tiers: { tier: string; report: { mechanisms: object[] } }[] };
    expect(report).toMatchObject({
      version: 1,
      isFine: true,
      node: { isSupported: true },
      dataFolder: { state: "absent" },
    });
    expect(report.tiers.map(({ tier }) => tier)).toContain("process");
    for (const { report: offered } of report.tiers) {
      expect(offered.mechanisms).toContainEqual({ name: expect.any(String), works: true, detail: expect.any(String) });
    }
  });

  test("fits into any window", async () => {
    await using project = await openProject();
    for (const columns of [60, 100]) {
      const { out } = await project.run(["doctor"], { isTTY: true, columns, env: { NO_COLOR: "1" } });
      const tables = out.split("\n").filter((line) => / {2}/.test(line) && !/^(?:System|Node|Data| {2})/.test(line));
      expect(tables.filter((line) => line.length > columns)).toEqual([]);
    }
  });

  test("finds what is wrong in berth.yaml", async () => {
    await using project = await openProject();
    await project.write("berth.yaml", "plugin: {}\n");
    const { code, err } = await project.run(["doctor"]);
    expect(code).toBe(2);
    expect(err).toContain("did you mean `plugins`?");
  });
});
