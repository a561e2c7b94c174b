import { spawn, spawnSync } from "node:child_process";
import {
  appendFileSync,
  closeSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { isDeepStrictEqual } from "node:util";
import { type Clock, Failpoints, ManualClock, systemClock } from "@berth/base";
import { describe, expect, onTestFinished, test } from "vitest";
import { pastTick } from "../../../test/past-tick.ts";
import { LOOK_AGAIN } from "../folder-source.ts";
import { type FolderEvent, FolderWatches, type WatchWarning } from "../folder-watches.ts";
import { findWatcher } from "./find-watcher.ts";

const PROGRAM = findWatcher() ?? "not built";
/** As the system has it by default; what is beyond is lost. */
const MOST_QUEUED = Number(readFileSync("/proc/sys/fs/inotify/max_queued_events", "utf8"));

const renamed = (name: string): FolderEvent => ({ name, isRename: true });
const changed = (name: string): FolderEvent => ({ name, isRename: false });
const written = (name: string): FolderEvent => ({ name, isRename: false, state: "written" });
const closed = (name: string): FolderEvent => ({ name, isRename: false, state: "whole" });
const placed = (name: string): FolderEvent => ({ name, isRename: true, state: "whole" });

// A system without a C compiler has no such program; `npm test` installs one where it may, and prints what is skipped.
describe.skipIf(PROGRAM === "not built")("the program that watches", () => {
  test.each<[string, (at: (name: string) => string) => void, FolderEvent[]]>([
    [
      "a file that is written at once",
      (at) => writeFileSync(at("new"), "text"),
      [renamed("new"), written("new"), closed("new")],
    ],
    ["a file that is written again", (at) => writeFileSync(at("old"), "text"), [written("old"), closed("old")]],
    [
      "a file that is put in the place of another",
      (at) => renameSync(at("other"), at("old")),
      [renamed("other"), placed("old")],
    ],
    ["a file from elsewhere", (at) => renameSync(at("../elsewhere"), at("new")), [placed("new")]],
    [
      "a link that is put in the place of another",
      (at) => (symlinkSync("old", at("next")), renameSync(at("next"), at("link"))),
      [renamed("next"), placed("link")],
    ],
    [
      "a file that is deleted and made again",
      (at) => (unlinkSync(at("old")), writeFileSync(at("old"), "text")),
      [renamed("old"), written("old"), closed("old")],
    ],
    ["a file that is touched", (at) => utimesSync(at("old"), 1, 2), [changed("old")]],
    [
      "folders that come and go",
      (at) => (mkdirSync(at("new")), renameSync(at("new"), at("newer")), rmSync(at("newer"), { recursive: true })),
      [renamed("new"), renamed("newer")],
    ],
    ["a name in two lines", (at) => symlinkSync("old", at("a\nb")), [renamed("a\nb")]],
    [
      "a name that is no text",
      (at) => symlinkSync("old", Buffer.concat([Buffer.from(at("a")), Buffer.of(0xff)])),
      [renamed("a\ufffd")],
    ],
    ["a name that is long", (at) => symlinkSync("old", at("ä".repeat(127))), [renamed("ä".repeat(127))]],
  ])("tells %s", async (_what, change, events) => {
    const { path, watch, watches } = setUp();
    for (const name of ["old", "other", "../elsewhere"]) writeFileSync(path(name), "");
    symlinkSync("other", path("link"));
    await pastTick();
    const heard = watch();
    await watches.ready;
    change(path);
    await heard.until(() => heard.told().length >= events.length);
    expect(heard.told()).toEqual(events);
  });

  test("tells no file whole before its writer closes it", async () => {
    const { path, watch, watches } = setUp();
    writeFileSync(path("file"), "");
    await pastTick();
    const heard = watch();
    await watches.ready;
    const file = openSync(path("file"), "a");
    for (let byte = 1; byte <= 5; byte++) {
      writeSync(file, "x");
      await heard.until(() => heard.events.length >= byte);
    }
    expect(heard.events).toEqual(Array(5).fill(written("file")));
    closeSync(file);
    await heard.until(() => heard.events.length >= 6);
    expect(heard.events.at(-1)).toEqual(closed("file"));
  });

  test("tells of the folder itself, by all paths that lead to it", async () => {
    const { path, watch, watches } = setUp();
    mkdirSync(path("inner"));
    symlinkSync("inner", path("link"));
    await pastTick();
    const [by, byLink] = [watch("inner"), watch("link")];
    await watches.ready;
    writeFileSync(path("inner/file"), "");
    for (const heard of [by, byLink]) await heard.until(() => heard.events.length >= 2);
    for (const heard of [by, byLink]) expect(heard.events).toEqual([renamed("file"), closed("file")]);
    by.stop();
    rmSync(path("inner"), { recursive: true });
    await byLink.until(() => byLink.events.length > 2 && byLink.events.at(-1)!.name === undefined);
    expect(by.events).toHaveLength(2);
  });

  test.each<[string, (at: (name: string) => string) => void]>([
    ["written", (at) => appendFileSync(at("file"), "2")],
    ["made", (at) => writeFileSync(at("new"), "")],
    ["deleted", (at) => unlinkSync(at("file"))],
    ["replaced", (at) => renameSync(at("other"), at("file"))],
    ["touched", (at) => utimesSync(at("file"), 1, 1)],
  ])("has a folder looked at again when a file of it was %s before it was watched", async (_what, change) => {
    const { path, watch, watches } = setUp();
    for (const name of ["file", "other"]) writeFileSync(path(name), "");
    mkdirSync(path("quiet"));
    writeFileSync(path("quiet/file"), "");
    await pastTick();
    const [heard, quiet] = [watch(), watch("quiet")];
    change(path);
    await watches.ready;
    expect([heard.events, quiet.events]).toEqual([[LOOK_AGAIN], []]);
  });

  test("misses nothing, whenever it happens while it starts", async () => {
    const { path, watch } = setUp();
    const all = Array.from({ length: 20 }, (_, number) => {
      const name = `folder-${number}`;
      mkdirSync(path(name));
      writeFileSync(path(`${name}/file`), "");
      return name;
    });
    await pastTick();
    for (const name of all) {
      const heard = watch(name);
      for (let turn = 0; turn < 5; turn++) await new Promise(setImmediate);
      appendFileSync(path(`${name}/file`), "2");
      await heard.until(() => heard.events.length > 0);
      expect([LOOK_AGAIN, written("file")]).toContainEqual(heard.events[0]);
    }
  });

  test("watches the folder that is there now, once it is looked for again", async () => {
    const { path, watch, watches } = setUp();
    mkdirSync(path("folder"));
    await pastTick();
    const heard = watch("folder");
    await watches.ready;
    watches.renew(path("folder"));
    await watches.ready;
    expect(heard.events).toEqual([]);
    mkdirSync(path("next"));
    renameSync(path("folder"), path("before"));
    renameSync(path("next"), path("folder"));
    await heard.until(() => heard.events.length >= 1);
    await pastTick();
    watches.renew(path("folder"));
    await watches.ready;
    writeFileSync(path("before/file"), "");
    writeFileSync(path("folder/file"), "");
    await heard.until(() => heard.events.at(-1)?.state === "whole");
    expect(heard.events).toEqual([LOOK_AGAIN, renamed("file"), closed("file")]);
  });

  test("tells nothing of 1,000 folders in which nothing happens", async () => {
    const { path, watch, watches } = setUp();
    const names = Array.from({ length: 1_000 }, (_, number) => `folder-${number}`);
    for (const name of names) mkdirSync(path(name));
    await pastTick();
    const all = names.map((name) => watch(name));
    await watches.ready;
    expect(all.flatMap(({ events }) => events)).toEqual([]);
  });

  test("has all folders looked at again when the system could not keep what happened", async () => {
    const { path, watch, watches } = setUp();
    mkdirSync(path("quiet"));
    for (const name of ["a", "b"]) writeFileSync(path(name), "");
    await pastTick();
    const [heard, quiet] = [watch(), watch("quiet")];
    await watches.ready;
    const pid = Number(childrenOf(process.pid)[0]);
    process.kill(pid, "SIGSTOP");
    // One after the other: what is told already, the system does not tell twice in a row.
    for (let event = 0; event < MOST_QUEUED + 10; event++) utimesSync(path(event % 2 ? "a" : "b"), 1, event);
    process.kill(pid, "SIGCONT");
    await quiet.until(() => quiet.events.length > 0);
    expect(quiet.events).toEqual([LOOK_AGAIN]);
    expect(heard.events.at(-1)).toEqual(LOOK_AGAIN);
    const before = heard.events.length;
    writeFileSync(path("quiet/file"), "");
    await quiet.until(() => quiet.events.length >= 3);
    expect(heard.events).toHaveLength(before);
  });

  test("waits for a host that does not listen, until the system could not keep what happened", async () => {
    const { path, watch, watches } = setUp();
    mkdirSync(path("quiet"));
    for (const name of ["a", "b"]) writeFileSync(path(name), "");
    await pastTick();
    const [, quiet] = [watch(), watch("quiet")];
    await watches.ready;
    // More than all buffers on the way take, of which those of the program and its socket take less than the system.
    for (let event = 0; event < 4 * MOST_QUEUED; event++) utimesSync(path(event % 2 ? "a" : "b"), 1, event);
    await quiet.until(() => quiet.events.length > 0);
    writeFileSync(path("quiet/file"), "");
    await quiet.until(() => quiet.events.length >= 3);
    expect(quiet.told()).toEqual([LOOK_AGAIN, renamed("file"), closed("file")]);
  });

  test("has a folder polled that the system does not watch, and that looked at once", async () => {
    const clock = new ManualClock();
    const { path, watch, watches, warnings } = setUp(refusingProgram(), clock);
    mkdirSync(path("inner"));
    const [inner, absent] = [watch("inner"), watch("absent")];
    await watches.ready;
    expect([inner.events, absent.events]).toEqual([[LOOK_AGAIN], []]);
    expect(warnings).toEqual([{ folder: path("inner"), message: expect.stringContaining("(ENOSPC)") }]);
    writeFileSync(path("inner/file"), "");
    mkdirSync(path("absent"));
    await clock.advance(1_000);
    watches.retry();
    await watches.ready;
    expect([inner.events, absent.events]).toEqual([[LOOK_AGAIN, LOOK_AGAIN], [LOOK_AGAIN]]);
  });

  test("is followed by fs.watch when it ends, and nothing is lost", async () => {
    const { path, watch, watches, warnings } = setUp();
    mkdirSync(path("inner"));
    await pastTick();
    const [heard, inner, absent] = [watch(), watch("inner"), watch("absent")];
    await watches.ready;
    process.kill(Number(childrenOf(process.pid)[0]), "SIGKILL");
    for (const one of [heard, inner]) await one.until(() => one.events.length > 0);
    expect([heard.events, inner.events, absent.events]).toEqual([[LOOK_AGAIN], [LOOK_AGAIN], []]);
    expect(warnings).toEqual([{ message: expect.stringContaining("is gone (SIGKILL): Node.js watches them instead") }]);
    writeFileSync(path("inner/file"), "");
    await inner.until(() => inner.events.length > 1);
    expect(inner.events[1]).toEqual(renamed("file"));
  });

  test.each(["/nowhere/watcher", "/bin/true", "/bin/cat", "/"])(
    "is followed by fs.watch where %s is none",
    async (program) => {
      const { path, watch, watches, warnings } = setUp(program);
      mkdirSync(path("inner"));
      await pastTick();
      const heard = watch("inner");
      await watches.ready;
      expect([heard.events, warnings.length]).toEqual([[LOOK_AGAIN], 1]);
      mkdirSync(path("inner/folder"));
      await heard.until(() => heard.events.length > 1);
      expect(heard.events[1]).toEqual(renamed("folder"));
    },
  );

  test("leaves it to its host what a signal to end means", async () => {
    const { path, watch, watches, warnings } = setUp();
    await pastTick();
    const heard = watch();
    await watches.ready;
    const pid = Number(childrenOf(process.pid)[0]);
    for (const signal of ["SIGHUP", "SIGINT", "SIGQUIT", "SIGTERM"] as const) process.kill(pid, signal);
    writeFileSync(path("file"), "");
    await heard.until(() => heard.events.length >= 2);
    expect([heard.events, warnings]).toEqual([[renamed("file"), closed("file")], []]);
  });

  test("is not asked for what no system could take", async () => {
    const { watch, watches, path, warnings } = setUp();
    const heard = watch("long/".repeat(1_000));
    await watches.ready;
    expect(heard.events).toEqual([]);
    expect(warnings).toEqual([
      { folder: path("long/".repeat(1_000)), message: expect.stringContaining("ENAMETOOLONG") },
    ]);
  });

  test("is gone when it is not needed any more, also before it has started", async () => {
    for (const isStarted of [false, true]) {
      const { watch, watches } = setUp();
      watch();
      if (isStarted) await watches.ready;
      expect(childrenOf(process.pid)).toHaveLength(isStarted ? 1 : 0);
      watches[Symbol.dispose]();
      await watches.ready;
      while (childrenOf(process.pid).length > 0) await new Promise(setImmediate);
    }
  });

  test("keeps no host from ending, and ends with it [OPS-45]", async () => {
    const { path } = setUp();
    const words = [new URL("watching-host.child.ts", import.meta.url).pathname, PROGRAM, path("")];
    const { stdout, status } = spawnSync(process.execPath, words, { encoding: "utf8" });
    expect(status).toBe(0);
    while (isRunning(stdout.trim())) await new Promise(setImmediate);
    const host = spawn(process.execPath, [...words, "goes on"], { stdio: ["ignore", "pipe", "inherit"] });
    onTestFinished(() => void host.kill("SIGKILL"));
    const pid = String((await createInterface(host.stdout)[Symbol.asyncIterator]().next()).value);
    expect(isRunning(pid)).toBe(true);
    host.kill("SIGKILL");
    while (isRunning(pid)) await new Promise(setImmediate);
  });
});

interface Heard {
  readonly events: FolderEvent[];
  /** Without those that are like the one before, which the system makes one of where it can. */
  told(): FolderEvent[];
  /** Looks after each event. */
  until(isSo: () => boolean): Promise<void>;
  stop(): void;
}

function setUp(program = PROGRAM, clock: Clock = systemClock) {
  const folder = mkdtempSync(join(tmpdir(), "berth-watch-"));
  const path = (name: string): string => join(folder, "watched", name);
  mkdirSync(path(""), { recursive: true });
  const warnings: WatchWarning[] = [];
  const watches = new FolderWatches({
    clock,
    failpoints: new Failpoints(),
    onWarning: (warning) => warnings.push(warning),
    findProgram: () => program,
  });
  onTestFinished(async () => {
    watches[Symbol.dispose]();
    rmSync(folder, { recursive: true });
    // The next test has a process of its own.
    while (childrenOf(process.pid).length > 0) await new Promise(setImmediate);
  });
  const watch = (name = ""): Heard => {
    const events: FolderEvent[] = [];
    let wake = Promise.withResolvers<void>();
    const listener = {
      onFolderEvent(_folder: string, event: FolderEvent) {
        events.push(event);
        wake.resolve();
        wake = Promise.withResolvers();
      },
    };
    watches.listen(path(name), listener);
    return {
      events,
      told: () => events.filter((event, at) => !isDeepStrictEqual(event, events[at - 1])),
      async until(isSo) {
        while (!isSo()) await wake.promise;
      },
      stop: () => watches.unlisten(path(name), listener),
    };
  };
  return { path, watch, watches, warnings };
}

/** Speaks as the program does, of a system that has no more watches. */
function refusingProgram(): string {
  const folder = mkdtempSync(join(tmpdir(), "berth-watch-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const script = `#!${process.execPath}
    process.stdin.on("data", (bytes) => {
      for (let at = 0; at < bytes.length; at += 16 + bytes.readUInt32LE(at + 4)) {
        if (bytes.readUInt32LE(at + 4) === 0) continue;
        const [REFUSED, ENOSPC] = [7, 28];
        process.stdout.write(Buffer.from(Uint32Array.of(bytes.readUInt32LE(at), REFUSED, ENOSPC).buffer));
      }
    });`;
  writeFileSync(join(folder, "program"), script, { mode: 0o700 });
  return join(folder, "program");
}

function childrenOf(pid: number): string[] {
  const text = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim();
  return text === "" ? [] : text.split(" ");
}

/** One that is dead, and that nobody has buried, has no words any more. */
function isRunning(pid: string): boolean {
  try {
    return readFileSync(`/proc/${pid}/cmdline`).length > 0;
  } catch {
    return false;
  }
}
