import {
  appendFileSync,
  chmodSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  symlinkSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Clock, Failpoints, ManualClock, systemClock } from "@berth/base";
import { describe, expect, test } from "vitest";
import type { WatchWarning } from "./folder-watches.ts";
import { PluginWatcher } from "./plugin-watcher.ts";
import { findWatcher } from "./system/find-watcher.ts";
import { pastTick } from "../../test/past-tick.ts";

const PROGRAM = findWatcher();

/** What tells of changes, where it can; `npm test` installs a C compiler where it may, and prints what is skipped. */
const SOURCES: [string, () => string | undefined][] = [
  ["fs.watch", () => undefined],
  ...(PROGRAM === undefined ? [] : [["the program", () => PROGRAM] satisfies [string, () => string]]),
];

describe.each(SOURCES)("PluginWatcher by %s reports", (_by, findProgram) => {
  test.each<[string, (at: (path: string) => string) => void]>([
    ["a file that is written", (at) => writeFileSync(at("weather/src/plugin.ts"), "2")],
    ["a file in a folder further down", (at) => appendFileSync(at("weather/src/deep/er/help.ts"), "2")],
    ["a file renamed over another", (at) => overwrite(at("weather/src/plugin.ts"), "2")],
    ["a file that is deleted", (at) => unlinkSync(at("weather/src/plugin.ts"))],
    ["a file that is only touched", (at) => utimesSync(at("weather/src/plugin.ts"), 1, 2)],
    ["a file that can be run now", (at) => chmodSync(at("weather/src/plugin.ts"), 0o755)],
    ["a manifest", (at) => appendFileSync(at("weather/plugin.toml"), "#")],
    ["a new folder", (at) => mkdirSync(at("weather/src/new"))],
    ["a folder that is gone", (at) => rmSync(at("weather/src/deep"), { recursive: true })],
    ["the plugin's folder that is gone", (at) => rmSync(at("weather"), { recursive: true })],
    ["packages that come", (at) => mkdirSync(at("weather/node_modules"))],
  ])("%s [OPS-45, FLX-12]", async (_what, change) => {
    using at = await setUp({ findProgram });
    await at.watch("weather");
    await at.watch("stock");
    change(at.path);
    await at.reported("weather");
    expect(at.reports).toEqual(["weather"]);
  });

  test.each<[string, (at: (path: string) => string) => void]>([
    ["a new folder is watched too", (at) => mkdirSync(at("weather/src/new/er"), { recursive: true })],
    [
      "a folder made anew",
      (at) => (
        rmSync(at("weather/src"), { recursive: true }),
        mkdirSync(at("weather/src/new/er"), { recursive: true })
      ),
    ],
    [
      "a plugin's folder made anew",
      (at) => (rmSync(at("weather"), { recursive: true }), mkdirSync(at("weather/src/new/er"), { recursive: true })),
    ],
    [
      "a plugin's folder in which another one took its place",
      (at) => {
        mkdirSync(at("next/src/new/er"), { recursive: true });
        renameSync(at("weather"), at("weather.old"));
        renameSync(at("next"), at("weather"));
      },
    ],
    [
      "a link that leads elsewhere",
      (at) => {
        mkdirSync(at("next/src/new/er"), { recursive: true });
        renameSync(at("weather"), at("weather.old"));
        symlinkSync("next", at("weather"));
      },
    ],
    [
      "the folder above that is another one",
      (at) => {
        mkdirSync(at("../next/weather/src/new/er"), { recursive: true });
        renameSync(at(""), at("../old"));
        renameSync(at("../next"), at(""));
      },
    ],
  ])("what is written later in %s", async (_what, change) => {
    using at = await setUp({ findProgram, sweepMs: 20 });
    await at.watch("weather");
    change(at.path);
    await at.reported("weather");
    const before = at.reports.length;
    writeFileSync(at.path("weather/src/new/er/later.ts"), "x");
    await at.reported("weather", before + 1);
    expect(at.errors).toEqual([]);
  });

  test("what is written in a folder while that is made", async () => {
    using at = await setUp({ findProgram });
    await at.watch("weather");
    for (let i = 0; i < 50; i++) {
      mkdirSync(at.path(`weather/src/n${i}/m`), { recursive: true });
      writeFileSync(at.path(`weather/src/n${i}/m/x.ts`), "x");
    }
    await at.reported("weather");
    const before = at.reports.length;
    for (let i = 0; i < 50; i += 7) appendFileSync(at.path(`weather/src/n${i}/m/x.ts`), "y");
    await at.reported("weather", before + 1);
    expect(at.errors).toEqual([]);
  });

  test("a link swapped for another, and then what it leads to", async () => {
    using at = await setUp({ findProgram });
    for (const version of ["v1", "v2"]) mkdirSync(at.path(`versions/${version}/src`), { recursive: true });
    symlinkSync("versions/v1", at.path("linked"));
    await at.watch("linked");
    symlinkSync("versions/v2", at.path("linked.new"));
    renameSync(at.path("linked.new"), at.path("linked"));
    await at.reported("linked");
    writeFileSync(at.path("versions/v2/src/plugin.ts"), "2");
    await at.reported("linked", 2);
    writeFileSync(at.path("versions/v1/src/plugin.ts"), "1");
    writeFileSync(at.path("versions/v2/src/plugin.ts"), "3");
    await at.reported("linked", 3);
    expect(at.reports).toHaveLength(3);
  });

  test("nothing of what editors and version control leave, of packages, and of what is left out", async () => {
    using at = await setUp({ findProgram });
    for (const folder of ["weather/.git", "weather/node_modules/a", "weather/.cache", "weather/var/deep"]) {
      mkdirSync(at.path(folder), { recursive: true });
    }
    await at.watch("weather", { leaveOut: [at.path("weather/var")] });
    await at.watch("stock");
    const names = [".plugin.ts.swp", "plugin.ts~", "#plugin.ts#", ".#plugin.ts", "4913", "plugin.ts___jb_tmp___"];
    for (const name of names) writeFileSync(at.path(`weather/src/${name}`), "x");
    for (const name of [".git/HEAD", "node_modules/a/index.js", ".cache/x", "var/db", "var/deep/db"]) {
      writeFileSync(at.path(`weather/${name}`), "x");
    }
    // The system tells in order, so this one would come last.
    appendFileSync(at.path("stock/plugin.toml"), "#");
    await at.reported("stock");
    expect(at.reports).toEqual(["stock"]);
  });

  test("visits the failpoint reload.detect, and tells again when that fails", async () => {
    using at = await setUp({ findProgram });
    using _armed = at.failpoints.arm("reload.detect", (visit) => {
      if (visit === 1) throw new Error("held by the test");
    });
    await at.watch("weather");
    writeFileSync(at.path("weather/src/plugin.ts"), "2");
    await at.reported("weather");
    expect(at.errors).toEqual([new Error("held by the test")]);
    expect(at.failpoints.visits("reload.detect")).toBe(2);
  });

  test("nothing of a plugin that is no longer watched", async () => {
    using at = await setUp({ findProgram });
    const watched = await at.watch("weather");
    await at.watch("stock");
    const { folders } = at.watcher;
    watched[Symbol.dispose]();
    watched[Symbol.dispose]();
    expect(at.watcher.folders).toBe(folders - 4);
    writeFileSync(at.path("weather/src/plugin.ts"), "2");
    appendFileSync(at.path("stock/plugin.toml"), "#");
    await at.reported("stock");
    expect(at.reports).toEqual(["stock"]);
  });
});

describe.each(SOURCES)("PluginWatcher by %s, without events,", (_by, findProgram) => {
  test("polls where the system has no more watches, and says so once", async () => {
    const clock = new ManualClock();
    using at = await setUp({ findProgram, clock });
    using armed = at.failpoints.arm("watch.open", () => {
      throw Object.assign(new Error("no space left"), { code: "ENOSPC" });
    });
    await at.watch("weather");
    await at.watch("stock");
    expect(at.warnings).toEqual([
      { folder: at.path(""), message: expect.stringMatching(/^Cannot watch .* \(ENOSPC\): .* raise fs\.inotify/) },
    ]);
    writeFileSync(at.path("weather/src/deep/er/new.ts"), "2");
    await clock.advance(1_010);
    await at.reported("weather");
    writeFileSync(at.path("weather/src/.plugin.ts.swp"), "2");
    await clock.advance(2_000);
    expect(at.reports).toEqual(["weather"]);
    armed[Symbol.dispose]();
    await clock.advance(30_000);
    writeFileSync(at.path("weather/src/plugin.ts"), "3");
    await moveUntil(clock, () => at.reports.length === 2);
    expect(at.warnings).toHaveLength(1);
  });

  test("finds in a sweep what nobody told of, a change through another name of the entry", async () => {
    const clock = new ManualClock();
    using at = await setUp({ findProgram, clock });
    linkSync(at.path("weather/src/plugin.ts"), at.path("../elsewhere.ts"));
    await at.watch("weather", { files: ["plugin.toml", "src/plugin.ts"] });
    await clock.advance(1_000);
    appendFileSync(at.path("../elsewhere.ts"), "2");
    await clock.advance(29_000);
    expect(at.reports).toEqual([]);
    await clock.advance(1_010);
    expect(at.reports).toEqual(["weather"]);
    await clock.advance(100_000);
    expect(at.reports).toEqual(["weather"]);
  });

  test("does not sweep when told not to", async () => {
    const clock = new ManualClock();
    using at = await setUp({ findProgram, clock, sweepMs: 0 });
    await at.watch("weather");
    expect(clock.pendingTimers).toBe(0);
  });

  test("waits for a folder that is not there yet", async () => {
    const clock = new ManualClock();
    using at = await setUp({ findProgram, clock });
    await at.watch("above/below/later");
    expect(at.warnings).toEqual([]);
    mkdirSync(at.path("above/below/later"), { recursive: true });
    await moveUntil(clock, () => at.reports.length > 0);
    expect(at.reports[0]).toBe("above/below/later");
  });

  test("watches a bounded number of folders of one plugin, and says so once", async () => {
    using at = await setUp({ findProgram });
    for (let i = 0; i < 300; i++) mkdirSync(at.path(`weather/src/n${i}`));
    await at.watch("weather");
    expect(at.watcher.folders).toBe(256 + 1);
    expect(at.warnings).toEqual([{ folder: at.path("weather"), message: expect.stringContaining("Only 256 folders") }]);
    mkdirSync(at.path("weather/more"));
    await at.reported("weather");
    expect(at.warnings).toHaveLength(1);
  });
});

describe.each(SOURCES)("PluginWatcher.watchRoot by %s", (_by, findProgram) => {
  test("tells of plugins that come and go, not of those that are there [OPS-45, FLX-16]", async () => {
    using at = await setUp({ findProgram });
    await at.watchRoot();
    mkdirSync(at.path("new"));
    mkdirSync(at.path("no-plugin/src"), { recursive: true });
    writeFileSync(at.path("new/plugin.toml"), "");
    await at.reported("+new");
    renameSync(at.path("stock"), at.path("renamed"));
    await at.reported("+renamed");
    await at.reported("-stock");
    unlinkSync(at.path("new/plugin.toml"));
    await at.reported("-new");
    writeFileSync(at.path("new/plugin.toml"), "");
    await at.reported("+new", 5);
    expect(at.reports).toEqual(["+new", "+renamed", "-stock", "-new", "+new"]);
  });

  test("does not take a folder for gone that is back at once", async () => {
    using at = await setUp({ findProgram });
    await at.watchRoot();
    renameSync(at.path("weather"), at.path(".weather"));
    writeFileSync(at.path("stock/plugin.toml.new"), "");
    unlinkSync(at.path("stock/plugin.toml"));
    renameSync(at.path("stock/plugin.toml.new"), at.path("stock/plugin.toml"));
    renameSync(at.path(".weather"), at.path("weather"));
    plugin(at.path("third"));
    await at.reported("+third");
    rmSync(at.path("third"), { recursive: true });
    await at.reported("-third");
    expect(at.reports).toEqual(["+third", "-third"]);
  });

  test("looks into folders of plugins by type, and at a root that is made later", async () => {
    using at = await setUp({ findProgram });
    await at.watchRoot("home/plugins");
    plugin(at.path("home/plugins/schedulers/hourly"));
    await at.reported("+home/plugins/schedulers/hourly");
    plugin(at.path("home/plugins/schedulers/daily"));
    await at.reported("+home/plugins/schedulers/daily");
    expect(at.reports).toHaveLength(2);
  });

  test("tells again of a plugin that could not be taken in", async () => {
    using at = await setUp({ findProgram });
    await at.watchRoot();
    at.onReport = () => {
      at.onReport = undefined;
      throw new Error("not now");
    };
    plugin(at.path("new"));
    await at.reported("+new", 2);
    expect(at.errors).toEqual([new Error("not now")]);
  });

  test("finds in a sweep what came where nothing could be watched", async () => {
    const clock = new ManualClock();
    using at = await setUp({ findProgram, clock });
    await at.watchRoot();
    symlinkSync("../hidden/third", at.path("third"));
    await clock.advance(60_000);
    // Where the link leads there is something only now, and nobody watches that place.
    plugin(at.path("../hidden/third"));
    await moveUntil(clock, () => at.reports.length > 0);
    expect(at.reports).toEqual(["+third"]);
  });
});

describe.each(SOURCES)("PluginWatcher by %s, disposed,", (_by, findProgram) => {
  test("leaves neither watches nor timers, also while it reports", async () => {
    const before = await openWatches();
    const clock = new ManualClock();
    const at = await setUp({ findProgram, clock });
    let signal: AbortSignal | undefined;
    at.onReport = (given) => {
      signal = given;
      return new Promise(() => undefined);
    };
    await at.watch("weather");
    await at.watchRoot();
    writeFileSync(at.path("weather/src/plugin.ts"), "2");
    await moveUntil(clock, () => at.reports.length === 1);
    at[Symbol.dispose]();
    at.watcher[Symbol.dispose]();
    expect(signal!.aborted).toBe(true);
    const after = await openWatches();
    expect({ after, timers: clock.pendingTimers, errors: at.errors }).toEqual({ after: before, timers: 0, errors: [] });
  });
});

interface Setting {
  findProgram: () => string | undefined;
  clock?: Clock;
  sweepMs?: number;
}

/** A folder of two plugins, and a watcher whose reports are kept by the name, or by `+` and `-` for what comes and goes. */
async function setUp({ findProgram, clock = systemClock, sweepMs }: Setting) {
  const folder = mkdtempSync(join(tmpdir(), "berth-watch-"));
  const path = (below: string): string => join(folder, "plugins", below).replace(/\/$/, "");
  for (const name of ["weather", "stock"]) plugin(path(name));
  mkdirSync(path("weather/src/deep/er"), { recursive: true });
  const [reports, errors, warnings, failpoints] = [
    [] as string[],
    [] as unknown[],
    [] as WatchWarning[],
    new Failpoints(),
  ];
  let wake = Promise.withResolvers<void>();
  const report = (what: string, signal: AbortSignal): void | Promise<void> => {
    reports.push(what);
    wake.resolve();
    wake = Promise.withResolvers();
    return at.onReport?.(signal);
  };
  const below = (found: string): string => found.slice(path("").length + 1);
  const watcher = new PluginWatcher({
    clock,
    failpoints,
    findProgram,
    onDidChange: report,
    onDidAppear: (found, signal) => report(`+${below(found)}`, signal),
    onDidDisappear: (found, signal) => report(`-${below(found)}`, signal),
    onWarning: (warning) => warnings.push(warning),
    onError: (error) => errors.push(error),
    ...(sweepMs === undefined ? {} : { sweepMs }),
  });
  const at = {
    watcher,
    path,
    reports,
    errors,
    warnings,
    failpoints,
    onReport: undefined as ((signal: AbortSignal) => void | Promise<void>) | undefined,
    /** Until it is in force. What was done before may not be taken for what is done now. */
    async watch(name: string, options = {}): Promise<Disposable> {
      if (findProgram() !== undefined) await pastTick();
      const watching = watcher.watch(name, path(name), options);
      await watcher.ready;
      return watching;
    },
    async watchRoot(name = ""): Promise<Disposable> {
      if (findProgram() !== undefined) await pastTick();
      const watching = watcher.watchRoot(path(name));
      await watcher.ready;
      return watching;
    },
    /** Until there are so many reports, of which the last is this one; default: until it is there. */
    async reported(what: string, count?: number): Promise<void> {
      while (count === undefined ? !reports.includes(what) : reports.length < count) await wake.promise;
      expect(reports).toContain(what);
    },
    [Symbol.dispose]() {
      watcher[Symbol.dispose]();
      rmSync(folder, { recursive: true, force: true });
    },
  };
  return at;
}

/** Closing takes a turn, also of what the test before closed. */
async function openWatches(): Promise<number> {
  await new Promise((resolve) => setImmediate(resolve));
  return process.getActiveResourcesInfo().filter((kind) => kind.startsWith("FSEvent")).length;
}

function plugin(folder: string): void {
  mkdirSync(join(folder, "src"), { recursive: true });
  writeFileSync(join(folder, "plugin.toml"), "");
  writeFileSync(join(folder, "src/plugin.ts"), "1");
}

function overwrite(file: string, text: string): void {
  writeFileSync(`${file}.new`, text);
  renameSync(`${file}.new`, file);
}

/** Moves the clock on while the system has its turns, until something has come of it. */
async function moveUntil(clock: ManualClock, isDone: () => boolean): Promise<void> {
  while (!isDone()) {
    await clock.advance(10);
    await new Promise((resolve) => setImmediate(resolve));
  }
}
