import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { formatProblem, type LogEntry } from "@berth/contract";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { checkSources, type LoadOptions, type LoadedSources, loadSources } from "./load-sources.ts";

let cwd: string;
beforeAll(async () => {
  cwd = await mkdtemp(join(tmpdir(), "berth-sources-"));
});
afterAll(() => rm(cwd, { recursive: true, force: true }));

const ENTRY = 'id: home, type: weather, schedule: "*/15 * * * *"';

async function load(text: string, options: LoadOptions = {}): Promise<LoadedSources> {
  const loaded = await loadSources({ path: { file: "sources.yaml", text }, env: {}, ...options });
  return loaded!;
}

async function problemsOf(text: string, options: LoadOptions = {}): Promise<string[]> {
  const check = await checkSources({ path: { file: "sources.yaml", text }, env: {}, ...options });
  return check.state === "invalid" ? check.problems.map(formatProblem) : [];
}

/** What a check says of one entry that has `fields` beside the required ones. */
const problemsWith = (fields: string): Promise<string[]> => problemsOf(`sources:\n  - { ${ENTRY}, ${fields} }\n`);

describe("loadSources fills in defaults", () => {
  test("of a source [SIG-58] [SIG-42] [SIG-44] [SIG-45] [SIG-32] [SIG-33] [SIG-34] [SIG-35] [SIG-36] [SIG-37] [SIG-38] [SIG-39]", async () => {
    const { config } = await load(`sources: [{ ${ENTRY} }]`);
    expect(config.sources).toEqual([
      {
        id: "home",
        type: "weather",
        enabled: true,
        schedule: "*/15 * * * *",
        timezone: config.timezone,
        timeout: 30,
        config: {},
        rendering: { layout: "default", background: "local" },
        retry: { enabled: true, max_attempts: 3, backoff_seconds: [1, 2, 4] },
        fallback: { use_cached: false, max_age_hours: 24 },
      },
    ]);
  });

  test("of the whole", async () => {
    const { config } = await load("sources: []");
    const { timeZone, locale } = Intl.DateTimeFormat().resolvedOptions();
    expect(config).toEqual({
      sources: [],
      output: { dir: "output", width: 3840, height: 2160, profiles: [], archive_keep: 5 },
      timezone: timeZone,
      locale,
      width: 4,
      fonts: [],
      backgrounds_dir: "backgrounds",
      unsplash_key: undefined,
      pexels_key: undefined,
      breaker: { failure_threshold: 3 },
    });
  });

  test("from the file to its sources and profiles", async () => {
    const text = `
timezone: Europe/Oslo
locale: nb-NO
output: { dir: art, profiles: [{ name: hd, width: 1920, height: 1080 }, { name: tv, width: 1280, height: 720, dir: tv }] }
unsplash_key: \${UNSPLASH_API_KEY:-}
sources: [{ ${ENTRY} }, { id: far, type: weather, schedule: "0 * * * *", timezone: Asia/Tokyo }]
`;
    const { config } = await load(text);
    expect(config.sources.map(({ timezone }) => timezone)).toEqual(["Europe/Oslo", "Asia/Tokyo"]);
    expect(config.output.profiles.map(({ dir }) => dir)).toEqual([join("art", "hd"), "tv"]);
    expect(config.unsplash_key).toBeUndefined();
  });

  test("and takes every value that is given", async () => {
    const { config } = await load(`
sources:
  - id: A-b_9
    type: stock
    enabled: false
    schedule: 0 9-16 * * 1-5
    timeout: 300
    config: { symbol: ACME, nested: { deep: [1, { x: true }] } }
    rendering: { layout: modern_stock, background: pexels, background_query: city }
    retry: { enabled: false, max_attempts: 10, backoff_seconds: [5] }
    fallback: { use_cached: true, max_age_hours: 168 }
`);
    expect(config.sources[0]).toMatchObject({
      id: "A-b_9",
      enabled: false,
      timeout: 300,
      config: { symbol: "ACME", nested: { deep: [1, { x: true }] } },
      rendering: { layout: "modern_stock", background: "pexels", background_query: "city" },
      retry: { enabled: false, max_attempts: 10, backoff_seconds: [5] },
      fallback: { use_cached: true, max_age_hours: 168 },
    });
  });

  test("for several sources of one type, each with its own configuration [SIG-159]", async () => {
    const entry = (id: string, city: string): string =>
      `  - { id: ${id}, type: weather, schedule: "0 * * * *", config: { city: ${city}, api_key: "\${${id}}" } }`;
    const text = `sources:\n${entry("oslo", "Oslo")}\n${entry("rome", "Rome")}\n`;
    const { config } = await load(text, { env: { oslo: "k1", rome: "k2" } });
    expect(config.sources.map((source) => source.config)).toEqual([
      { city: "Oslo", api_key: "k1" },
      { city: "Rome", api_key: "k2" },
    ]);
  });
});

describe("checkSources refuses [SIG-59] [SIG-89] [SIG-176]", () => {
  test.each([
    [
      "an id with a blank [SIG-40]",
      'id: "a b"',
      'sources[0].id: must have only letters, digits, _ and -, such as weather_home, found "a b"',
    ],
    ["an empty id [SIG-40]", 'id: ""', "sources[0].id: must have only letters, digits, _ and -"],
    ["an id that is a path [SIG-40]", "id: ../x", "sources[0].id: must have only letters, digits, _ and -"],
    [
      "a layout that is no text [SIG-32]",
      "rendering: { layout: 3 }",
      "sources[0].rendering.layout: must be text, found 3",
    ],
    [
      "a background nobody knows [SIG-33]",
      "rendering: { background: gradent }",
      'must be one of local, unsplash, pexels or gradient, found "gradent"; did you mean "gradient"?',
    ],
    [
      "a query that is no text [SIG-34]",
      "rendering: { background_query: [a] }",
      "sources[0].rendering.background_query: must be text, found a list of 1",
    ],
    [
      "a word for a switch [SIG-35]",
      "retry: { enabled: maybe }",
      'sources[0].retry.enabled: must be true or false, found "maybe"',
    ],
    [
      "no attempts [SIG-36]",
      "retry: { max_attempts: 0 }",
      "sources[0].retry.max_attempts: must be from 1 to 10, found 0",
    ],
    ["eleven attempts [SIG-36]", "retry: { max_attempts: 11 }", "must be from 1 to 10, found 11"],
    ["half an attempt [SIG-36]", "retry: { max_attempts: 1.5 }", "must be a whole number from 1 to 10, found 1.5"],
    [
      "waits that are no list [SIG-37]",
      "retry: { backoff_seconds: 3 }",
      "sources[0].retry.backoff_seconds: must be a list, found 3",
    ],
    [
      "half a second [SIG-37]",
      "retry: { backoff_seconds: [1, 0.5] }",
      "sources[0].retry.backoff_seconds[1]: must be a whole number from 0 to 3600, found 0.5",
    ],
    [
      "a word for use_cached [SIG-38]",
      'fallback: { use_cached: "yes" }',
      'sources[0].fallback.use_cached: must be true or false, found "yes"',
    ],
    [
      "data of more than a week [SIG-39]",
      "fallback: { max_age_hours: 169 }",
      "sources[0].fallback.max_age_hours: must be from 1 to 168, found 169",
    ],
    ["data of no age [SIG-39]", "fallback: { max_age_hours: 0 }", "must be from 1 to 168, found 0"],
    ["a word for enabled [SIG-42]", 'enabled: "on"', 'sources[0].enabled: must be true or false, found "on"'],
    [
      "four parts [SIG-43] [SIG-61]",
      'schedule: "* * * *"',
      'sources[0].schedule: must be a cron expression of exactly 5 parts: min, hour, day, month, dow, found "* * * *"',
    ],
    ["six parts [SIG-43] [SIG-61]", 'schedule: "0 * * * * *"', 'min, hour, day, month, dow, found "0 * * * * *"'],
    ["a nickname for a schedule [SIG-43]", 'schedule: "@hourly"', 'min, hour, day, month, dow, found "@hourly"'],
    ["an empty schedule [SIG-43]", 'schedule: ""', 'min, hour, day, month, dow, found ""'],
    ["no time at all [SIG-44]", "timeout: 0", "sources[0].timeout: must be from 1 to 300, found 0"],
    ["more than five minutes [SIG-44]", "timeout: 301", "must be from 1 to 300, found 301"],
    ["a list for the configuration [SIG-45]", "config: []", "sources[0].config: must be a map, found a list of 0"],
    [
      "a time zone there is not",
      "timezone: Europe/Osol",
      'sources[0].timezone: must be a time zone such as Europe/Oslo, found "Europe/Osol"',
    ],
    [
      "a mistyped key [SIG-160]",
      "schedul: x",
      "sources[0].schedul: unknown key `schedul`; did you mean `schedule`? allowed: id, type, enabled, schedule, timezone, timeout, config, rendering, retry, fallback",
    ],
  ])("%s", async (_, fields, expected) => {
    // A key given twice is refused before the schema looks; the field in question takes the place of the valid one.
    const name = /^\w+/.exec(fields)![0];
    const others = ENTRY.split(", ").filter((pair) => !pair.startsWith(`${name}:`));
    const problems = await problemsOf(`sources:\n  - { ${[...others, fields].join(", ")} }\n`);
    expect(problems).toEqual([expect.stringContaining(expected)]);
    expect(problems[0]).toMatch(/^sources\.yaml:2:\d+ /);
  });

  test("an entry without what is required, where it begins [SIG-40] [SIG-41] [SIG-43]", async () => {
    expect(await problemsOf("sources:\n  - enabled: true\n")).toEqual([
      expect.stringContaining("sources.yaml:2:5 sources[0].id: is missing; must be text"),
      "sources.yaml:2:5 sources[0].type: is missing; must be text (The kind of source, such as weather)",
      "sources.yaml:2:5 sources[0].schedule: is missing; must be text (When it runs: a cron expression of 5 parts, min, hour, day, month, dow)",
    ]);
  });

  test("a file without sources, and sources that are no list [SIG-48]", async () => {
    expect(await problemsOf("version: 1")).toEqual([
      "sources.yaml:1:1 sources: is missing; must be a list (What is shown)",
    ]);
    expect(await problemsOf("sources: { a: 1 }")).toEqual(["sources.yaml:1:10 sources: must be a list, found a map"]);
  });

  test("ids given twice, and lists them [SIG-48] [SIG-60]", async () => {
    const ids = ["a", "b", "a", "c", "b", "a"];
    const text = `sources:\n${ids.map((id) => `  - { type: t, schedule: "* * * * *", id: ${id} }`).join("\n")}`;
    expect(await problemsOf(text)).toEqual([
      'sources.yaml:4:43 sources[2].id: ids must be unique; "a" stands in lines 2, 4, 7 (duplicates: a, b)',
      'sources.yaml:6:43 sources[4].id: ids must be unique; "b" stands in lines 3, 6 (duplicates: a, b)',
    ]);
  });

  test("profiles that would overwrite pictures, and profiles of one name [SIG-107]", async () => {
    const profiles = [
      "{ name: a, width: 800, height: 600, dir: output/../output }",
      "{ name: a, width: 800, height: 600 }",
      "{ name: b, width: 800, height: 600, dir: output/a }",
    ];
    expect(
      await problemsOf(`sources: []\noutput:\n  profiles:\n${profiles.map((one) => `    - ${one}`).join("\n")}`),
    ).toEqual([
      "sources.yaml:4:48 output.profiles[0].dir: its folder is that of output.dir; pictures would overwrite each other",
      'sources.yaml:5:15 output.profiles[1].name: names of profiles must be unique, found "a" again',
      "sources.yaml:6:48 output.profiles[2].dir: its folder is that of output.profiles[1]; pictures would overwrite each other",
    ]);
  });

  test("a photo service without its key, where a source that runs wants it [SIG-107]", async () => {
    const [problem] = await problemsWith("rendering: { background: unsplash }");
    expect(problem).toContain("unsplash needs a key: add `unsplash_key: ${UNSPLASH_API_KEY}` at the top level");
    expect(await problemsWith("enabled: false, rendering: { background: pexels }")).toEqual([]);
    const withKey = `sources: [{ ${ENTRY}, rendering: { background: pexels } }]\npexels_key: \${P}`;
    expect(await problemsOf(withKey, { env: { P: "k" } })).toEqual([]);
    expect(await problemsOf(withKey, { env: { P: "" } })).toEqual([expect.stringContaining("pexels needs a key")]);
  });

  test("types and layouts nobody provides, of sources that run [SIG-106]", async () => {
    const options = { knownTypes: ["weather", "stock"], knownLayouts: new Set(["modern_weather"]) };
    const text = `sources:
  - { id: a, type: wether, schedule: "* * * * *" }
  - { id: b, type: zebra, schedule: "* * * * *", rendering: { layout: modern_wether } }
  - { id: c, type: tesla, schedule: "* * * * *", enabled: false, rendering: { layout: tesla_card } }
  - { id: d, type: stock, schedule: "* * * * *", rendering: { layout: modern_weather } }
`;
    expect(await problemsOf(text, options)).toEqual([
      'sources.yaml:2:20 sources[0].type: unknown type "wether"; did you mean "weather"? known: stock, weather',
      'sources.yaml:3:20 sources[1].type: unknown type "zebra"; known: stock, weather',
      'sources.yaml:3:71 sources[1].rendering.layout: unknown layout "modern_wether"; did you mean "modern_weather"? known: default, modern_weather',
    ]);
    expect(await problemsOf(text, { knownTypes: [] })).toContainEqual(
      expect.stringContaining("no plugin provides a type"),
    );
    expect(await problemsOf(text)).toEqual([]);
  });

  test("a schedule of five parts that is no cron, also of a source that is off [SIG-61]", async () => {
    const validateCron = (expression: string): string | undefined =>
      expression.startsWith("99") ? "99 is not a minute" : undefined;
    const text = `sources: [{ id: a, type: t, enabled: false, schedule: "99 * * * *" }]`;
    expect(await problemsOf(text, { validateCron })).toEqual([
      'sources.yaml:1:55 sources[0].schedule: not a cron expression (min, hour, day, month, dow): 99 is not a minute, found "99 * * * *"',
    ]);
  });

  test("everything at once, in the order of the file [SIG-107] [SIG-160]", async () => {
    const text = `timezone: Nowhere
sources:
  - { id: a, type: zebra, schedule: "* *", config: { key: "\${NONE}" } }
  - { id: a, type: weather, schedule: "* * * * *", timeout: 999 }
`;
    const problems = await problemsOf(text, { knownTypes: ["weather"] });
    expect(problems.map((problem) => problem.split(" ").slice(0, 2).join(" "))).toEqual([
      "sources.yaml:1:11 timezone:",
      "sources.yaml:3:20 sources[0].type:",
      "sources.yaml:3:37 sources[0].schedule:",
      "sources.yaml:3:59 sources[0].config.key:",
      "sources.yaml:4:11 sources[1].id:",
      "sources.yaml:4:61 sources[1].timeout:",
    ]);
  });
});

describe("loadSources expands the environment", () => {
  const text = (enabled: string): string =>
    `sources: [{ ${ENTRY}, enabled: ${enabled}, timeout: "\${T:-45}", config: { key: "\${KEY}", url: "http://\${HOST:-localhost}/" } }]`;

  test("in every string value, with defaults, embedded or whole [SIG-46] [SIG-53] [SIG-62] [SIG-148]", async () => {
    const { config } = await load(text("true"), { env: { KEY: "s3cret" } });
    expect(config.sources[0]).toMatchObject({ timeout: 45, config: { key: "s3cret", url: "http://localhost/" } });
  });

  test("and names a variable that is not set [SIG-47]", async () => {
    expect(await problemsOf(text("true"))).toEqual([
      expect.stringContaining(
        "sources[0].config.key: the environment variable KEY is not set; set it, or write ${KEY:-default}",
      ),
    ]);
  });

  test("but does not ask for variables of a source that is off, though it checks its form [SIG-47]", async () => {
    expect((await load(text("false"))).config.sources[0]?.config["key"]).toBe("${KEY}");
    expect((await load(text('"${ON:-false}"'))).config.sources[0]?.enabled).toBe(false);
    expect(await problemsOf(text("false").replace("config:", "confg:"))).toEqual([
      expect.stringContaining("unknown key `confg`"),
    ]);
  });

  test("and knows which values came from there, for the host to hide them", async () => {
    const { document } = await load(text("true"), { env: { KEY: "s3cret" } });
    expect(document.references.get("sources[0].config.key")).toEqual({ variables: ["KEY"], whole: true, unset: false });
  });
});

describe("loadSources and files", () => {
  const written = async (name: string, text: string): Promise<string> => {
    await writeFile(join(cwd, name), text);
    return name;
  };

  test("reads sources.yaml of the working directory unless told otherwise, and logs how many there are [SIG-49] [SIG-53] [SIG-72]", async () => {
    await written("sources.yaml", `sources: [{ ${ENTRY} }, { id: b, type: t, schedule: "* * * * *", enabled: false }]`);
    const logged: LogEntry[] = [];
    const loaded = await loadSources({ cwd, env: {}, log: (entry) => logged.push(entry) });
    expect(loaded?.config.sources.map(({ id }) => id)).toEqual(["home", "b"]);
    expect(logged).toMatchObject([{ level: "info", message: "Loaded 2 sources from sources.yaml, 1 switched on" }]);
  });

  test("returns nothing for a missing file and logs what to do [SIG-50] [SIG-72]", async () => {
    const logged: LogEntry[] = [];
    expect(await loadSources({ path: "none.yaml", cwd, env: {}, log: (entry) => logged.push(entry) })).toBeUndefined();
    expect(logged).toEqual([
      {
        level: "info",
        message:
          "There is no none.yaml: make one from the settings in your environment with `berth signage migrate`, or a first one with `berth signage init`",
        fields: { file: "none.yaml" },
      },
    ]);
  });

  test("raises what is malformed, after logging it [SIG-51] [SIG-52]", async () => {
    const logged: LogEntry[] = [];
    const log = (entry: LogEntry): void => void logged.push(entry);
    const malformed = await written("malformed.yaml", "sources: [\n");
    await expect(loadSources({ path: malformed, cwd, env: {}, log })).rejects.toMatchObject({ code: "CONFIG_INVALID" });
    const wrong = await written("wrong.yaml", "sources: 3\nextra: 1");
    await expect(loadSources({ path: wrong, cwd, env: {}, log })).rejects.toThrow("Cannot use wrong.yaml: 2 problems");
    expect(logged.map(({ level, message }) => [level, message.split("\n").length])).toEqual([
      ["error", 2],
      ["error", 3],
    ]);
    expect(logged[0]?.message).toMatch(/^malformed\.yaml:\d+:\d+ not valid YAML: /);
  });

  test("lays sources.<environment>.yaml over it, source by source", async () => {
    await written("over.yaml", `sources: [{ ${ENTRY}, timeout: 10 }, { id: b, type: t, schedule: "* * * * *" }]`);
    await written(
      "over.kiosk.yaml",
      `sources: [{ id: b, enabled: false }, { id: c, type: t, schedule: "1 * * * *" }]\noutput: { width: 1920 }`,
    );
    const { config, files, locate } = (await loadSources({ path: "over.yaml", cwd, env: { BERTH_ENV: "kiosk" } }))!;
    expect(config.sources.map(({ id, enabled }) => `${id} ${enabled}`)).toEqual(["home true", "b false", "c true"]);
    expect(config.output).toMatchObject({ width: 1920, height: 2160 });
    expect(files).toEqual(["over.yaml", "over.kiosk.yaml"]);
    expect(await locate("b", ["enabled"])).toEqual({ file: "over.kiosk.yaml", line: 1, column: 29 });
  });

  test("keeps comments and multi-line strings where people put them [SIG-184]", async () => {
    const { config } = await load(
      `# all of it\nsources:\n  - id: a # mine\n    type: t\n    schedule: "* * * * *"\n    config:\n      note: |\n        one\n        two\n`,
    );
    expect(config.sources[0]?.config).toEqual({ note: "one\ntwo\n" });
  });
});

describe("LoadedSources leads to the line", () => {
  const TEXT = `sources:\n  - { ${ENTRY} }\n  - id: stock\n    type: stock\n    schedule: "* * * * *"\n    config:\n      symbol: 5\n      count: "\${N}"\n`;

  test("of any part of a source", async () => {
    const { locate } = await load(TEXT, { env: { N: "7" } });
    expect(await locate("stock", ["config", "symbol"])).toEqual({ file: "sources.yaml", line: 7, column: 15 });
    expect(await locate("stock", ["config"], "key")).toEqual({ file: "sources.yaml", line: 6, column: 5 });
  });

  test("of what a source's own schema refuses, and turns its numbers from the environment into numbers", async () => {
    const { placeIssues, retypeConfig } = await load(TEXT, { env: { N: "7" } });
    expect(
      (await placeIssues("stock", [{ path: ["symbol"], message: "must be text, found 5" }])).map(formatProblem),
    ).toEqual(["sources.yaml:7:15 sources[1].config.symbol: must be text, found 5"]);
    expect(retypeConfig("stock", [{ path: ["count"], message: "must be a number" }])).toEqual({ symbol: 5, count: 7 });
    expect(retypeConfig("stock", [{ path: ["symbol"], message: "x" }])).toBeUndefined();
  });
});

describe("loadSources doubts, and goes on [SIG-107]", () => {
  const warningsOf = async (text: string, period?: number): Promise<string[]> =>
    (await load(text, { schedulePeriod: () => period })).warnings.map(formatProblem);

  test("a run that may outlast its schedule", async () => {
    expect(
      await warningsOf(`sources: [{ ${ENTRY}, timeout: 20, retry: { max_attempts: 5, backoff_seconds: [1, 3] } }]`, 60),
    ).toEqual([
      "sources.yaml:1:73 sources[0].timeout: a run may take 110 s with all its attempts, longer than the 60 s to the next; that one is then left out",
    ]);
    expect(await warningsOf(`sources: [{ ${ENTRY}, timeout: 20, retry: { enabled: false } }]`, 60)).toEqual([]);
  });

  test("cached data that is too old before it is needed", async () => {
    const text = `sources: [{ ${ENTRY}, fallback: { use_cached: true, max_age_hours: 12 } }]`;
    expect(await warningsOf(text, 86_400)).toEqual([
      expect.stringContaining("data may be 12 h old and runs are 24 h apart, so it is never used"),
    ]);
    expect(await warningsOf(text, 3_600)).toEqual([]);
  });

  test("a file that shows nothing, and ids that differ only by case", async () => {
    expect(await warningsOf("sources: []")).toEqual([
      "sources.yaml:1:10 sources: no source is switched on; nothing will be shown",
    ]);
    expect(await warningsOf(`sources: [{ ${ENTRY} }, { id: Home, type: t, schedule: "* * * * *" }]`)).toEqual([
      expect.stringContaining('"Home" and "home" are one file where upper and lower case are not told apart'),
    ]);
  });
});
