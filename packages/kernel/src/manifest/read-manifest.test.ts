import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { describe, expect, test } from "vitest";
import { formatProblem, type Manifest } from "@berth/contract";
import { readManifest } from "./read-manifest.ts";

const MINIMAL = '[plugin]\nname = "weather"\nversion = "1.2.3"\n[provides]\nsource = ["weather"]\n';

async function manifestOf(text: string): Promise<Manifest> {
  const reading = await readManifest(text, "plugin.toml");
  if ("problems" in reading) throw new Error(JSON.stringify(reading.problems));
  return reading.manifest;
}

async function firstProblem(content: string | Uint8Array): Promise<unknown> {
  const reading = await readManifest(content, "plugin.toml");
  return "problems" in reading ? reading.problems[0] : reading;
}

test("readManifest fills in what a manifest leaves out [RPT-40]", async () => {
  expect(await readManifest(MINIMAL, "plugin.toml")).toEqual({
    manifest: {
      plugin: { name: "weather", version: "1.2.3", description: "", criticality: "optional" },
      provides: { source: ["weather"] },
      runtime: { type: "node", entry: "src/plugin.ts", load: "lazy" },
      config: {},
      dependencies: {},
      permissions: {},
      limits: {},
      supervision: {},
    },
  });
});

test("readManifest takes bytes, a byte order mark and Windows line ends", async () => {
  const text = `\ufeff${MINIMAL.replaceAll("\n", "\r\n")}`;
  expect(await readManifest(Buffer.from(text), "plugin.toml")).toEqual(await readManifest(MINIMAL, "plugin.toml"));
});

describe("bounds", () => {
  test("readManifest refuses more than 256 KiB before it parses", async () => {
    const text = MINIMAL + "#".repeat(256 * 1_024);
    expect(await firstProblem(text)).toEqual({
      file: "plugin.toml",
      path: "",
      message: `is too large: ${text.length} bytes, at most 262144 are read`,
    });
  });

  test("readManifest takes 64 levels and refuses 65, by brackets and by dots alike", async () => {
    const nested = (levels: number): string =>
      `${MINIMAL}[config.schema]\na = ${"[".repeat(levels - 2)}${"]".repeat(levels - 2)}\n`;
    const dotted = (levels: number): string => `${MINIMAL}[config.schema]\n${"a.".repeat(levels - 3)}a = {}\n`;
    expect(await readManifest(nested(64), "x")).toHaveProperty("manifest");
    expect(await readManifest(dotted(64), "x")).toHaveProperty("manifest");
    expect(await firstProblem(nested(65))).toMatchObject({ message: "nests deeper than 64 levels", line: 7 });
    expect(await firstProblem(dotted(65))).toMatchObject({ message: "nests deeper than 64 levels", line: 7 });
    expect(await firstProblem(`a = ${"[".repeat(65)}`)).toMatchObject({
      message: "nests deeper than 64 levels",
      line: 1,
    });
  });

  test("readManifest tells the first hundred problems and counts the rest", async () => {
    const keys = Array.from({ length: 150 }, (_, index) => `key_${index} = 1\n`).join("");
    const reading = await readManifest(`${MINIMAL}[limits]\n${keys}`, "x");
    const problems = "problems" in reading ? reading.problems : [];
    expect(problems).toHaveLength(101);
    expect(problems[0]).toMatchObject({ line: 7, path: "limits.key_0" });
    expect(problems.at(-1)).toEqual({ file: "x", path: "", message: "has 50 more problems" });
  });

  test("readManifest points at a key of a hundred thousand parts without keeping a name for each", async () => {
    const text = `${MINIMAL}[limits]\n${"a.".repeat(100_000)}a = 1\n`;
    expect(await firstProblem(text)).toMatchObject({ line: 7, column: 1, path: "limits.a" });
  });

  test("readManifest names problems without a place when a text is too odd to find places in", async () => {
    expect(await firstProblem(`${MINIMAL}[runtime]\nentry = "${"x".repeat(200_000)}"\n`)).toEqual({
      file: "plugin.toml",
      path: "runtime.entry",
      message: `must have at most 500 characters, found "${"x".repeat(79)}…" (200000 characters)`,
    });
  });
});

test("readManifest names line and column of bytes that are not UTF-8", async () => {
  const bytes = Buffer.concat([Buffer.from("# é\n# ab"), Buffer.from([0xff]), Buffer.from("\n")]);
  expect(await firstProblem(bytes)).toMatchObject({ line: 2, column: 5, message: "is not UTF-8 text" });
});

test("readManifest keeps control characters of a hostile file out of its messages", async () => {
  const reading = await readManifest(String.raw`"a\u001b[2J\u202e\n" = 1`, "x");
  const problems = "problems" in reading ? reading.problems : [];
  // oxlint-disable-next-line no-control-regex -- their absence is the claim
  expect(problems.map(formatProblem).join("")).not.toMatch(/[\u0000-\u001f\u202e]/);
  expect(problems.map(({ path }) => path)).toContain(String.raw`["a\u001b[2J\u202e\n"]`);
});

test("readManifest loads nothing that describes problems for a sound manifest", async () => {
  const script = `
    import { registerHooks } from "node:module";
    const loaded = [];
    registerHooks({ load: (url, context, next) => (loaded.push(url), next(url, context)) });
    const { readManifest } = await import(${JSON.stringify(import.meta.resolve("./read-manifest.ts"))});
    const read = async (text) => ({ reading: await readManifest(text, "plugin.toml"), loaded: loaded.splice(0) });
    console.log(JSON.stringify([await read(${JSON.stringify(MINIMAL)}), await read("")]));
  `;
  const { stdout } = await promisify(execFile)(process.execPath, ["--input-type=module", "--eval", script]);
  const [sound, unsound] = JSON.parse(stdout) as { reading: object; loaded: string[] }[];
  const describing = /node_modules\/(toml-eslint-parser|yaml|semver)\/|\/src\/config\/|describe-problems/;
  expect(sound!.reading).toHaveProperty("manifest");
  expect(sound!.loaded.filter((url) => describing.test(url))).toEqual([]);
  expect(unsound!.reading).toHaveProperty("problems");
  expect(unsound!.loaded.filter((url) => describing.test(url))).not.toEqual([]);
});

describe("the repeater's form", () => {
  const REPEATER = `
[plugin]
name = "fibonacci-backoff"
version = "1.0.0"
type = "scheduler"
author = "A. Person"
description = "Schedules at Fibonacci intervals"
[runtime]
type = "external"
binary = "fibonacci.py"
entry_point = "Plugin"
[config]
required = ["initial_interval", "max_interval"]
optional = ["fibonacci_limit"]
[dependencies]
min_repeater_version = "0.3.0"
external_deps = ["python3"]
[permissions]
network = false
filesystem = "read-only"
system_calls = ["time"]
`;

  test.each(["scheduler", "executor", "output"] as const)(
    "plugin.type %s is read as a contribution of the plugin's name [RPT-82]",
    async (type) => {
      const { plugin, provides } = await manifestOf(REPEATER.replace("scheduler", type));
      expect(provides).toEqual({ [type]: ["fibonacci-backoff"] });
      expect(plugin).toEqual({
        name: "fibonacci-backoff",
        version: "1.0.0",
        author: "A. Person",
        description: "Schedules at Fibonacci intervals",
        criticality: "optional",
      });
    },
  );

  test("plugin.type adds to [provides] and names nothing twice [RPT-82]", async () => {
    const text = REPEATER.replace("[runtime]", '[provides]\nscheduler = ["other", "fibonacci-backoff"]\n[runtime]');
    expect((await manifestOf(text)).provides).toEqual({ scheduler: ["other", "fibonacci-backoff"] });
  });

  test("runtime.binary is read as entry; an executable has no entry point [RPT-83]", async () => {
    expect((await manifestOf(REPEATER)).runtime).toEqual({ type: "external", entry: "fibonacci.py", load: "lazy" });
  });

  test("runtime.entry_point names the exported function of a WebAssembly module [RPT-83]", async () => {
    expect((await manifestOf(REPEATER.replace('"external"', '"wasm"'))).runtime).toMatchObject({
      type: "wasm",
      entry_point: "Plugin",
    });
  });

  test("runtime.type go-plugin is refused with what to use instead [RPT-83]", async () => {
    expect(await firstProblem(REPEATER.replace('"external"', '"go-plugin"'))).toEqual({
      file: "plugin.toml",
      line: 9,
      column: 8,
      path: "runtime.type",
      message:
        'cannot be "go-plugin": a Go plugin loads only into the very Go program it was built for; use "external" for any executable that speaks the protocol, Go ones included, or "wasm"',
    });
  });

  test("config.required and config.optional become a JSON Schema [RPT-84]", async () => {
    expect((await manifestOf(REPEATER)).config).toEqual({
      schema: {
        type: "object",
        properties: { initial_interval: {}, max_interval: {}, fibonacci_limit: {} },
        required: ["initial_interval", "max_interval"],
        additionalProperties: false,
      },
    });
  });

  test("min_repeater_version stays a note, external_deps stay [RPT-85]", async () => {
    const reading = await readManifest(REPEATER, "x");
    expect(reading).toMatchObject({ manifest: { dependencies: { external_deps: ["python3"] } } });
    expect(reading).not.toHaveProperty("manifest.dependencies.min_repeater_version");
    expect(reading).toMatchObject({
      upgraded: [
        'plugin.type = "scheduler" is read as scheduler = ["fibonacci-backoff"] in [provides]',
        "runtime.binary is read as runtime.entry",
        "runtime.entry_point is not used: an executable has one entry",
        "config.required and config.optional are read as a JSON Schema in config.schema, values of any type",
        'dependencies.min_repeater_version = "0.3.0" is not checked: Berth\'s versions are a line of their own; write dependencies.host',
      ],
    });
  });

  test("permissions.network takes a boolean [RPT-86]", async () => {
    expect((await manifestOf(REPEATER)).permissions.network).toBe(false);
  });

  test("permissions.filesystem takes a mode [RPT-87]", async () => {
    expect((await manifestOf(REPEATER)).permissions.filesystem).toBe("read-only");
  });

  test("permissions.system_calls takes a list [RPT-88]", async () => {
    expect((await manifestOf(REPEATER)).permissions.system_calls).toEqual(["time"]);
  });
});
