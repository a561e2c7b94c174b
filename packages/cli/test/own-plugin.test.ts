import { cp, readFile } from "node:fs/promises";
import { join } from "node:path";
import { openRecordedServer } from "@berth/testing";
import { expect, test } from "vitest";
import { openProject, runCli } from "./run-cli.ts";

const EXAMPLES = join(import.meta.dirname, "../../../examples");

test("a user makes a plugin by copying the template, grants it what it asks, and sees its picture [SIG-158] [SIG-174]", async () => {
  const answer = {
    request: { path: "/kettle.json" },
    response: { status: 200, body: { message: "The kettle is on" } },
  };
  await using server = await openRecordedServer({ recordings: [answer] });
  const source = { id: "kitchen", type: "hello", config: { url: `${server.url}/kettle.json`, greeting: "Kitchen" } };
  await using project = await openProject({ sources: [source] });
  await cp(join(EXAMPLES, "plugins/hello-source"), join(project.path, "plugins/hello-source"), { recursive: true });
  const once = ["signage", "run", "--once", "--log-level", "info"];
  const refused = await project.run(once);
  expect({ code: refused.code, requests: server.requests.length }).toEqual({ code: 1, requests: 0 });
  expect(refused.out).toContain("PERMISSION_DENIED");
  expect((await project.run(["plugins", "permissions", "hello-source"])).out).toContain(
    "- reach the host that you write into its configuration (url)",
  );
  expect((await project.run(["plugins", "grant", "hello-source", "--all", "--yes"])).code).toBe(0);
  const { code, out, err } = await project.run(once);
  expect({ code, err }).toEqual({
    code: 0,
    err: expect.stringContaining("plugin/hello-source  asking for the message"),
  });
  expect(out).toContain(`kitchen  success`);
  expect(server.requests.map(({ path }) => path)).toEqual(["/kettle.json"]);
  const png = await readFile(join(project.path, "output/kitchen.png"));
  expect(png.subarray(1, 4).toString()).toBe("PNG");
});

test("a plugin that was granted nothing reaches nothing, and the log says what it tried", async () => {
  await using server = await openRecordedServer({ recordings: [] });
  const source = {
    id: "kitchen",
    type: "hello",
    config: { url: `${server.url}/kettle.json` },
    retry: { enabled: false },
  };
  await using project = await openProject({ sources: [source] });
  await cp(join(EXAMPLES, "plugins/hello-source"), join(project.path, "plugins/hello-source"), { recursive: true });
  await project.write("berth.yaml", "plugins: { hello-source: { isolation: inline } }\n");
  const { code, out, err } = await project.run(["signage", "run", "--once"]);
  expect(code).toBe(1);
  expect(out).toMatch(/kitchen {2}failed {2}\d+ ms {2}PERMISSION_DENIED /);
  expect(err).toContain('Denied plugin "hello-source" GET http://127.0.0.1');
  expect(server.requests).toEqual([]);
});

test("the project of the guide runs as the guide says [SIG-158] [SIG-173]", async () => {
  await using project = await openProject();
  await cp(join(EXAMPLES, "own-plugin"), project.path, { recursive: true });
  const own = { cwd: project.path };
  expect(await runCli(["signage", "validate"], own)).toMatchObject({
    code: 0,
    out: "sources.yaml: fine, 1 source, 1 switched on\n",
  });
  await project.write("sources.tv.yaml", "output: { width: 320, height: 180 }\n");
  const { code, out } = await runCli(["signage", "run", "--once", "--environment", "tv"], own);
  expect(code).toBe(0);
  expect(out).toContain("new_decade  success");
});
