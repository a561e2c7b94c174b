import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { openProject, type Project } from "./run-cli.ts";

const BERTH = join(import.meta.dirname, "../bin/berth.js");
const hasScript = spawnSync("script", ["--version"]).status === 0;
if (!hasScript) console.info("berth plugins grant was not tried on a terminal: there is no program `script` here");

const LEDGER = {
  name: "ledger",
  provides: { source: ["ledger"] },
  source: "export default 1;",
  manifest: '[permissions]\nnetwork = ["api.example.org"]',
};

async function openLedger(): Promise<Project> {
  const project = await openProject({ plugins: [LEDGER] });
  await project.write("berth.yaml", "{}\n");
  return project;
}

describe("the berth program", { tags: ["slow"] }, () => {
  test("grants nothing where nobody can be asked, and does with --yes [OPS-24]", async () => {
    await using project = await openLedger();
    const berth = (...argv: string[]) =>
      spawnSync(process.execPath, [BERTH, ...argv], { cwd: project.path, encoding: "utf8", input: "y\n" });
    expect(berth("plugins", "grant", "ledger")).toMatchObject({
      status: 2,
      stdout: "",
      stderr: expect.stringContaining("there is nobody to ask here"),
    });
    expect(berth("plugins", "grant", "ledger", "--all", "--yes")).toMatchObject({
      status: 0,
      stdout: expect.stringContaining("Granted ledger 1.0.0 one entry"),
    });
    expect(berth("plugins", "list", "--json").stdout).toContain('"grant":"granted"');
  });

  test.runIf(hasScript).each([
    ["y\r", 0, "Granted ledger"],
    ["n\r", 1, "Nothing was granted."],
    ["\u0004", 1, "Nothing was granted."],
    ["\u0003", 1, "Nothing was granted."],
  ])("asks on a terminal, and takes %j as meant", async (keys, code, sentence) => {
    await using project = await openLedger();
    const command = `'${process.execPath}' '${BERTH}' plugins grant ledger`;
    const child = spawn("script", ["--quiet", "--return", "--command", command, "/dev/null"], { cwd: project.path });
    let text = "";
    child.stdout.on("data", (chunk: Buffer) => (text += chunk.toString()));
    while (!text.includes("[y/N] ")) await once(child.stdout, "data");
    child.stdin.write(keys);
    const [exitCode] = (await once(child, "close")) as [number];
    expect({ exitCode, text }).toEqual({ exitCode: code, text: expect.stringContaining(sentence) });
    expect(text).toContain("- reach api.example.org");
  });
});
