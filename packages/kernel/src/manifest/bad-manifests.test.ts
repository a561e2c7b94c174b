import { expect, test } from "vitest";
import { formatProblem } from "@berth/contract";
import { readManifest } from "./read-manifest.ts";

/** A manifest without fault, in whose place of `…` a row puts something wrong. */
const HEAD = '[plugin]\nname = "weather"\nversion = "1.2.3"\n';
const PROVIDES = '[provides]\nsource = ["weather"]\n';

/**
 * Each row: what is wrong, a manifest in which `¦` stands before each place to be pointed at, and what the problems say, in the
 * order of the text. A message is compared from its start.
 */
const ROWS: [string, string, ...string[]][] = [
  [
    "an empty file",
    "¦",
    "plugin: is missing; must be a map (What the plugin is)",
    'provides: must name what the plugin provides, such as source = ["weather"]',
  ],
  ["a key without a value", "[plugin]\nname¦\n", "is not valid TOML: illegal character in key"],
  ["an open string", 'name = "weather¦\n', "is not valid TOML: control characters are not allowed in strings"],
  ["a section twice", `${HEAD}[¦plugin]\n`, "is not valid TOML: trying to redefine an already defined table or value"],
  ["a key twice", `${HEAD}¦name = "b"\n`, "is not valid TOML: trying to redefine an already defined table or value"],
  [
    "two keys on a line",
    "a = 1 ¦b = 2",
    "is not valid TOML: each key-value declaration must be followed by an end-of-line",
  ],
  ["an unsafe key", "¦__proto__ = 1", 'the keys "__proto__" and "constructor" are not allowed'],
  [
    "a number no double holds",
    "a = ¦9007199254740993",
    "is not valid TOML: integer value cannot be represented losslessly",
  ],
  [
    "an unknown section",
    `${HEAD}${PROVIDES}[¦permission]\n`,
    "permission: unknown key `permission`; did you mean `permissions`? allowed: plugin, provides, runtime, config, dependencies, permissions, limits",
  ],
  [
    "an unknown key",
    `${HEAD}¦descripton = ""\n${PROVIDES}`,
    "plugin.descripton: unknown key `descripton`; did you mean `description`? allowed: name, version, description, author, license, homepage, type, criticality",
  ],
  [
    "a key of another section",
    `${HEAD}¦entry = "a.ts"\n${PROVIDES}`,
    "plugin.entry: unknown key `entry`; it belongs in `runtime`; allowed: name, version, description, author, license, homepage, type, criticality",
  ],
  [
    "an unknown key in an inline table",
    `${HEAD}${PROVIDES}[permissions]\nevents = { ¦emit = [] }\n`,
    "permissions.events.emit: unknown key `emit`; allowed: publish, subscribe",
  ],
  [
    "system calls that are none [RPT-88]",
    `${HEAD}${PROVIDES}[permissions]\nsystem_calls = ["time", ¦"tiem", ¦"teleport"]\n`,
    'permissions.system_calls[1]: must be a system call of Linux, found "tiem"; did you mean "time"?',
    'permissions.system_calls[2]: must be a system call of Linux, found "teleport"; such as time or openat',
  ],
  [
    "an unknown key by dots",
    `${HEAD}${PROVIDES}[permissions]\nfilesystem.¦red = []\n`,
    "permissions.filesystem.red: unknown key `red`; did you mean `read`? allowed: read, write",
  ],
  [
    "an unknown kind",
    `${HEAD}[provides]\n¦sources = ["weather"]\n`,
    "provides.sources: unknown key `sources`; did you mean `source`? allowed: source, layout, scheduler, executor, output, command, service, integration, config, event, middleware, handler",
  ],
  [
    "no name",
    `[¦plugin]\nversion = "1.2.3"\n${PROVIDES}`,
    "plugin.name: is missing; must be text (The plugin's name: lower-case words joined by hyphens)",
  ],
  [
    "no version",
    `[¦plugin]\nname = "weather"\n${PROVIDES}`,
    "plugin.version: is missing; must be text (The plugin's version: a semantic version such as 1.2.3)",
  ],
  [
    "a name of two characters",
    `[plugin]\nname = ¦"ab"\nversion = "1.2.3"\n${PROVIDES}`,
    'plugin.name: must have at least 3 characters, found "ab"',
  ],
  [
    "a name of 101 characters",
    `[plugin]\nname = ¦"${"a".repeat(101)}"\nversion = "1.2.3"\n${PROVIDES}`,
    'plugin.name: must have at most 100 characters, found "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa…" (101 characters)',
  ],
  [
    "a name in capitals",
    `[plugin]\nname = ¦"Weather"\nversion = "1.2.3"\n${PROVIDES}`,
    'plugin.name: must be lower-case words joined by hyphens, such as my-plugin, found "Weather"',
  ],
  [
    "a name that is a path",
    `[plugin]\nname = ¦"../weather"\nversion = "1.2.3"\n${PROVIDES}`,
    "plugin.name: must be lower-case words joined by hyphens",
  ],
  [
    "a name that is a number",
    `[plugin]\nname = ¦123\nversion = "1.2.3"\n${PROVIDES}`,
    "plugin.name: must be text, found 123",
  ],
  [
    "a version of two numbers",
    `[plugin]\nname = "weather"\nversion = ¦"1.2"\n${PROVIDES}`,
    'plugin.version: must be a semantic version, such as 1.2.3, found "1.2"',
  ],
  [
    "a version with a leading zero",
    `[plugin]\nname = "weather"\nversion = ¦"01.2.3"\n${PROVIDES}`,
    "plugin.version: must be a semantic version",
  ],
  ["a section that is a value", `plugin = ¦"weather"\n${PROVIDES}`, 'plugin: must be a map, found "weather"'],
  [
    "a section that is a list",
    `¦[[¦plugin]]\nname = "weather"\n`,
    "provides: must name what",
    "plugin: must be a map, found a list of 1",
  ],
  [
    "nothing provided",
    `${HEAD}[¦provides]\n`,
    'provides: must name what the plugin provides, such as source = ["weather"]',
  ],
  [
    "an empty kind",
    `${HEAD}[provides]\nsource = ¦[]\n`,
    "provides.source: must have at least 1 entry, found a list of 0",
  ],
  [
    "a contribution twice",
    `${HEAD}[provides]\nsource = [\n  "a",\n  "b",\n  ¦"a",\n]\n`,
    'provides.source[2]: names "a" a second time',
  ],
  [
    "a policy for something that it does not provide",
    `${HEAD}[provides]\nsource = ["a"]\n[policies.¦"source/b"]\ndeadline_ms = 5\n`,
    'policies["source/b"]: is for "source/b", which is not in provides',
  ],
  [
    "a contribution that is no word",
    `${HEAD}[provides]\nsource = ["a", ¦"b c"]\n`,
    'provides.source[1]: must be words joined by hyphens, dots or underscores, such as my-source, found "b c"',
  ],
  [
    "a kind that is a word",
    `${HEAD}[provides]\nsource = ¦"weather"\n`,
    'provides.source: must be a list, found "weather"',
  ],
  [
    "an unknown runtime",
    `${HEAD}${PROVIDES}[runtime]\ntype = ¦"nodejs"\n`,
    'runtime.type: must be one of node, wasm or external, found "nodejs"; did you mean "node"?',
  ],
  [
    "a Go plugin",
    `${HEAD}${PROVIDES}[runtime]\ntype = ¦"go-plugin"\nbinary = "a.so"\n`,
    'runtime.type: cannot be "go-plugin"',
  ],
  [
    "an absolute entry",
    `${HEAD}${PROVIDES}[runtime]\nentry = ¦"/etc/passwd"\n`,
    'runtime.entry: must be the path of a file inside the plugin\'s folder, such as src/plugin.ts, found "/etc/passwd"',
  ],
  [
    "an absolute entry of Windows",
    `${HEAD}${PROVIDES}[runtime]\nentry = ¦'C:\\a.js'\n`,
    "runtime.entry: must be the path of a file inside",
  ],
  [
    "an escaping entry",
    `${HEAD}${PROVIDES}[runtime]\nentry = ¦"a/../../b.ts"\n`,
    "runtime.entry: must be the path of a file inside",
  ],
  [
    "an entry that escapes behind a line separator",
    `${HEAD}${PROVIDES}[runtime]\nentry = ¦"a\\u2028/../../b"\n`,
    "runtime.entry: must be the path of a file inside",
  ],
  [
    "an entry that is a folder",
    `${HEAD}${PROVIDES}[runtime]\nentry = ¦"src/"\n`,
    "runtime.entry: must be the path of a file inside",
  ],
  [
    "an escaping binary",
    `${HEAD}${PROVIDES}[runtime]\ntype = "external"\nbinary = ¦"..\\\\b"\n`,
    "runtime.binary: must be the path of a file inside",
  ],
  [
    "WebAssembly inline",
    `${HEAD}${PROVIDES}[runtime]\ntype = "wasm"\nentry = "a.wasm"\nisolation = ¦"inline"\n`,
    'runtime.isolation: cannot be "inline" for code of type "wasm", which runs in "wasm"',
  ],
  [
    "JavaScript as WebAssembly",
    `${HEAD}${PROVIDES}[runtime]\nisolation = ¦"wasm"\n`,
    'runtime.isolation: cannot be "wasm" for code of type "node", which runs in "inline", "worker", "process"',
  ],
  [
    "an executable in a worker",
    `${HEAD}${PROVIDES}[runtime]\ntype = "external"\nentry = "a"\nisolation = ¦"worker"\n`,
    'runtime.isolation: cannot be "worker" for code of type "external", which runs in "process"',
  ],
  [
    "an executable without entry",
    `${HEAD}${PROVIDES}[¦runtime]\ntype = "external"\n`,
    "runtime.entry: is missing; it names the executable, inside the plugin's folder",
  ],
  [
    "entry and binary",
    `${HEAD}${PROVIDES}[runtime]\ntype = "external"\nentry = "a"\n¦binary = "b"\n`,
    "runtime.binary: says the same as entry; leave one of them out",
  ],
  [
    "a named export",
    `${HEAD}${PROVIDES}[runtime]\nentry_point = ¦"Plugin"\n`,
    'runtime.entry_point: must be "default" or left out, found "Plugin"; a Node.js plugin is its module\'s default export',
  ],
  [
    "a schema and a field list",
    `${HEAD}${PROVIDES}[config]\n¦required = ["a"]\n[config.schema]\ntype = "object"\n`,
    "config.required: describes the configuration a second time",
  ],
  [
    "a field both required and optional",
    `${HEAD}${PROVIDES}[config]\nrequired = ["a"]\noptional = [¦"a"]\n`,
    'config.optional[0]: names "a", which is required',
  ],
  [
    "a schema of a list",
    `${HEAD}${PROVIDES}[config.schema]\ntype = ¦"array"\n`,
    'config.schema.type: must be "object": a configuration is a table',
  ],
  [
    "a date in a JSON Schema",
    `${HEAD}${PROVIDES}[config.schema]\ndefault = ¦2026-01-01\n`,
    "config.schema.default: must be text, a number, true or false, null, a list or a map, found a date",
  ],
  [
    "not a number in a JSON Schema",
    `${HEAD}${PROVIDES}[config.schema]\nmaximum = ¦nan\n`,
    "config.schema.maximum: must be",
  ],
  [
    "a range that is none",
    `${HEAD}${PROVIDES}[dependencies]\nhost = ¦"latest"\n`,
    'dependencies.host: must be a version range, such as ^1.2.0 or >=1.2 <2, found "latest"',
  ],
  [
    "a range in a table",
    `${HEAD}${PROVIDES}[dependencies.requires]\nother = ¦"^a"\n`,
    'dependencies.requires.other: must be a version range, such as ^1.2.0 or >=1.2 <2, found "^a"',
  ],
  [
    "a dependency that no plugin can be",
    `${HEAD}${PROVIDES}[dependencies.optional]\n¦Other = "1"\n`,
    "dependencies.optional.Other: the key must be lower-case words joined by hyphens, such as my-plugin",
  ],
  [
    "a dependency on itself",
    `${HEAD}${PROVIDES}[dependencies.requires]\n¦weather = "1"\n`,
    "dependencies.requires.weather: is the plugin itself",
  ],
  [
    "required and in conflict",
    `${HEAD}${PROVIDES}[dependencies]\nrequires = { other = "1" }\nconflicts = { ¦other = "2" }\n`,
    "dependencies.conflicts.other: is required too, so the plugin could never run",
  ],
  [
    "a repeater version that is none",
    `${HEAD}${PROVIDES}[dependencies]\nmin_repeater_version = ¦"new"\n`,
    'dependencies.min_repeater_version: must be a version, such as 0.3.0, found "new"',
  ],
  [
    "an address for a host",
    `${HEAD}${PROVIDES}[permissions]\nnetwork = [¦"https://api.example.org/v1"]\n`,
    'permissions.network[0]: must be a host without scheme or path; did you mean "api.example.org"?',
  ],
  [
    "any host as a pattern",
    `${HEAD}${PROVIDES}[permissions]\nnetwork = [¦"*"]\n`,
    "permissions.network[0]: must name hosts; write network = true to ask for any host",
  ],
  [
    "a star in a word",
    `${HEAD}${PROVIDES}[permissions]\nnetwork = [¦"api*.example.org"]\n`,
    "permissions.network[0]: may have * only as its whole first word",
  ],
  [
    "a host in capitals",
    `${HEAD}${PROVIDES}[permissions]\nnetwork = [¦"API.example.org"]\n`,
    'permissions.network[0]: must be in lower case; did you mean "api.example.org"?',
  ],
  [
    "a port out of range",
    `${HEAD}${PROVIDES}[permissions]\nnetwork = [¦"example.org:65536"]\n`,
    "permissions.network[0]: must have a port from 1 to 65535 after the colon",
  ],
  ["a bare IPv6 address", `${HEAD}${PROVIDES}[permissions]\nnetwork = [¦"::1"]\n`, "permissions.network[0]: must"],
  [
    "a host that is no string",
    `${HEAD}${PROVIDES}[permissions]\nnetwork = ["example.org", ¦5]\n`,
    "permissions.network[1]: must be text, found 5",
  ],
  [
    "a network that is a word",
    `${HEAD}${PROVIDES}[permissions]\nnetwork = ¦"example.org"\n`,
    'permissions.network: must be true or false or a list, found "example.org"',
  ],
  [
    "a configuration reference to nothing",
    `${HEAD}${PROVIDES}[permissions]\nnetwork = [¦"config:"]\n`,
    'permissions.network[0]: must name a field of the configuration after "config:"',
  ],
  [
    "a configuration reference to a field that is not there",
    `${HEAD}${PROVIDES}[config.schema.properties]\nbase_url = {}\n[permissions]\nfilesystem.read = [¦"config:base_ur"]\n`,
    'permissions.filesystem.read[0]: names the configuration field "base_ur", which [config] does not describe; did you mean "config:base_url"?',
  ],
  [
    "an unknown mode",
    `${HEAD}${PROVIDES}[permissions]\nfilesystem = ¦"readonly"\n`,
    'permissions.filesystem: must be "none", "read-only", "read-write" or a map, found "readonly"; did you mean "read-only"?',
  ],
  [
    "a mode that is a number",
    `${HEAD}${PROVIDES}[permissions]\nfilesystem = ¦7\n`,
    'permissions.filesystem: must be "none", "read-only", "read-write" or a map, found 7',
  ],
  [
    "a subject with an empty word",
    `${HEAD}${PROVIDES}[permissions.events]\npublish = [¦"weather..today"]\n`,
    "permissions.events.publish[0]: must be words joined by dots",
  ],
  [
    "a limit of nothing",
    `${HEAD}${PROVIDES}[limits]\nmemory_mb = ¦0\n`,
    "limits.memory_mb: must be from 1 to 65536, found 0",
  ],
  [
    "a limit beyond all bounds",
    `${HEAD}${PROVIDES}[limits]\nconcurrency = ¦10001\n`,
    "limits.concurrency: must be from 1 to 10000, found 10001",
  ],
  [
    "half a percent",
    `${HEAD}${PROVIDES}[limits]\ncpu_percent = ¦0.5\n`,
    "limits.cpu_percent: must be a whole number from 1 to 6400, found 0.5",
  ],
  [
    "several things at once, semantic ones among them",
    `[¦plugin]\nname = ¦"W"\n¦colour = "red"\n[¦provides]\n[runtime]\nisolation = ¦"inlin"\n[dependencies]\nnode = ¦"new"\n`,
    "plugin.version: is missing; must be text (The plugin's version: a semantic version such as 1.2.3)",
    'plugin.name: must have at least 3 characters, found "W"',
    "plugin.name: must be lower-case words",
    "plugin.colour: unknown key `colour`; allowed: name, version, description, author, license, homepage, type, criticality",
    "provides: must name",
    'runtime.isolation: must be one of inline, worker, process or wasm, found "inlin"; did you mean "inline"?',
    "dependencies.node: must be a version range",
  ],
];

test.each(ROWS)("readManifest refuses %s at its place [RPT-33]", async (_, marked, ...messages) => {
  const reading = await readManifest(marked.replaceAll("¦", ""), "plugin.toml");
  const problems = "problems" in reading ? reading.problems : [];
  const places = markedPlaces(marked);
  expect(new Set(problems.map(({ line, column }) => `${line}:${column}`))).toEqual(new Set(places));
  expect(problems.map(formatProblem)).toEqual(
    messages.map((message, index) => {
      const { line, column } = problems[index]!;
      return expect.stringMatching(new RegExp(`^plugin.toml:${line}:${column} ${RegExp.escape(message)}`)) as string;
    }),
  );
});

test("the table of bad manifests has at least forty rows", () => {
  expect(ROWS.length).toBeGreaterThanOrEqual(40);
});

function markedPlaces(marked: string): string[] {
  return marked
    .split("\n")
    .flatMap((line, index) =>
      [...line.matchAll(/¦/g)].map((found, before) => `${index + 1}:${found.index - before + 1}`),
    );
}
