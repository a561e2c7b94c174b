import { appendFile, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { openProject, type Project } from "./run-cli.ts";

const SEGMENT = join(".berth", "audit", "00000001.jsonl");

async function openUsed(): Promise<Project> {
  const project = await openProject({ plugins: [] });
  await project.run(["plugins", "disable", "misbehaving"], { env: { USER: "ada" } });
  await project.run(["plugins", "enable", "misbehaving"], { env: { USER: "ada" } });
  return project;
}

test("berth audit list says who did what, by plugin, kind, actor and time; --json for programs [FLX-53]", async () => {
  await using project = await openUsed();
  const { code, out } = await project.run(["audit", "list"]);
  expect(code).toBe(0);
  expect(out).toMatch(
    /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d plugin\.disabled misbehaving by \S+\n.* plugin\.enabled misbehaving by \S+\n$/,
  );
  const lines = async (...flags: string[]): Promise<number> =>
    (await project.run(["audit", "list", "--json", ...flags])).out.split("\n").length - 1;
  expect(await lines("--action", "plugin.enabled")).toBe(1);
  expect(await lines("--action", "plugin.", "--plugin", "misbehaving", "--since", "1h")).toBe(2);
  expect(await lines("--by", "nobody")).toBe(0);
  expect(await lines("--since", "2999-01-01")).toBe(0);
  expect(await lines("--limit", "1")).toBe(1);
  for (const wrong of [
    ["--since", "yesterday"],
    ["--limit", "many"],
  ]) {
    expect(await project.run(["audit", "list", ...wrong])).toMatchObject({
      code: 2,
      err: expect.stringContaining(wrong[0]!),
    });
  }
});

test("berth audit verify names what was changed with file and place, and ends with 1; the key can be kept elsewhere [FLX-53]", async () => {
  await using project = await openUsed();
  const { out: key } = await project.run(["audit", "key"]);
  expect(key).toMatch(/^berth-audit-ed25519:\S+\n$/);
  await project.write("audit.pub", key);
  expect(await project.run(["audit", "verify", "--key", "audit.pub"])).toMatchObject({
    code: 0,
    out: expect.stringMatching(/^Sound: /),
  });
  expect(await project.run(["audit", "verify", "--key", "berth-audit-ed25519:AAAA"])).toMatchObject({ code: 2 });

  const path = join(project.path, SEGMENT);
  const text = await readFile(path, "utf8");
  await writeFile(path, text.replace('"plugin.disabled"', '"plugin.disapled"'));
  const { code, out } = await project.run(["audit", "verify"]);
  expect(code).toBe(1);
  expect(out).toContain("Not sound");
  expect(out).toContain(
    `changed at 00000001.jsonl, byte ${text.lastIndexOf("\n", text.indexOf("plugin.disabled")) + 1}`,
  );
  const told = JSON.parse((await project.run(["audit", "verify", "--json"])).out) as {
    isSound: boolean;
    problem: object;
  };
  expect(told).toMatchObject({ isSound: false, problem: { kind: "changed", file: "00000001.jsonl" } });

  await writeFile(path, text);
  await appendFile(path, '{"seq":99');
  expect(await project.run(["audit", "verify"])).toMatchObject({ code: 0, out: expect.stringContaining("cut off") });
});

test("berth audit verify goes on to tell of what a host found gone, until that is said to be known [FLX-53]", async () => {
  await using project = await openUsed();
  await rm(join(project.path, dirname(SEGMENT)), { recursive: true });
  expect(await project.run(["plugins", "disable", "misbehaving"])).toMatchObject({ code: 0 });
  const { code, out } = await project.run(["audit", "verify"]);
  expect({ code, out }).toMatchObject({ code: 1, out: expect.stringContaining("and went on") });
  const record = /told of it in record (\d+)/.exec(out)![1]!;
  expect(await project.run(["audit", "verify", "--known-loss", record])).toMatchObject({ code: 0 });
  expect(await project.run(["audit", "verify", "--known-loss", "all"])).toMatchObject({
    code: 2,
    err: expect.stringContaining("--known-loss all"),
  });
});

test("berth audit export writes every line as it is, or those that are asked for [FLX-53]", async () => {
  await using project = await openUsed();
  const text = await readFile(join(project.path, SEGMENT), "utf8");
  expect(await project.run(["audit", "export"])).toMatchObject({ code: 0, out: text });
  const { out } = await project.run(["audit", "export", "--action", "plugin.enabled"]);
  expect(out.split("\n").length - 1).toBe(1);
});

test("berth audit of a project without a log says so", async () => {
  await using project = await openProject();
  expect(await project.run(["audit", "list"])).toMatchObject({ code: 0, out: "" });
  expect(await project.run(["audit", "verify"])).toMatchObject({
    code: 0,
    out: expect.stringContaining("no audit log yet"),
  });
  expect(await project.run(["audit", "key"])).toMatchObject({ code: 1, out: "" });
});

test("berth audit list -f goes on with what comes until Ctrl-C", async () => {
  await using project = await openUsed();
  const more = Promise.withResolvers<void>();
  const following = project.run(["audit", "list", "-f", "--json", "--limit", "1"], {
    onText: (text, cli) => {
      if (text.includes("plugin.enabled")) more.resolve();
      if (text.includes("plugin.disabled")) cli.signal("SIGINT");
    },
  });
  await more.promise;
  await project.run(["plugins", "disable", "misbehaving"]);
  expect((await following).out.split("\n").length - 1).toBe(2);
});
