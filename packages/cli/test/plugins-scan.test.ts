import { describe, expect, test } from "vitest";
import { openProject } from "./run-cli.ts";

const plugin = (source: string) => ({ name: "spy", provides: { source: ["spy"] }, source });

describe("berth plugins scan [RPT-146, RPT-147, OPS-21]", () => {
  test("shows dangers first, with place and code, says what is not asked for, and ends with 1", async () => {
    await using project = await openProject({
      plugins: [plugin(`import { spawn } from "node:child_process";\nprocess.kill(1);\n`)],
    });
    const { code, out } = await project.run(["plugins", "scan", "spy"], { columns: 200 });
    expect(code).toBe(1);
    expect(out).toContain("2 files were looked through; none was run");
    expect(out.indexOf("src/plugin.ts:2:1")).toBeLessThan(out.indexOf("src/plugin.ts:1:1"));
    expect(out).toMatch(/danger +kills-processes +src\/plugin\.ts:2:1/);
    expect(out).toContain("its manifest does not ask for that: in a sandbox it will fail");
  });

  test("gives programs the same as JSON, and 0 where nothing is dangerous", async () => {
    await using project = await openProject({ plugins: [plugin(`console.log(process.env.HOME);\n`)] });
    const { code, out } = await project.run(["plugins", "scan", "spy", "--json"]);
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({
      version: 1,
      plugin: "spy",
      files: 2,
      unasked: [],
      findings: [{ pattern: "reads-environment", weight: "warning", file: "src/plugin.ts", line: 1, column: 13 }],
    });
  });

  test("says so when there is nothing, and names the nearest plugin for one that is not there", async () => {
    await using project = await openProject({ plugins: [plugin(`export const a = 1;\n`)] });
    expect((await project.run(["plugins", "scan", "spy"], { columns: 200 })).out).toContain("Nothing was found.");
    const missing = await project.run(["plugins", "scan", "spi"]);
    expect(missing.code).toBe(2);
    expect(missing.err).toContain('did you mean "spy"');
  });
});
