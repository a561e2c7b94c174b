import { createHash } from "node:crypto";
import { mkdirSync, mkdtempDisposableSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Worker } from "node:worker_threads";
import { type Clock, systemClock } from "@berth/base";
import { expect, test } from "vitest";
import { checkModules } from "../scan/index.ts";
import { ModuleChecker } from "./module-checker.ts";

const ENTRY = "src/plugin.ts";
const signal = new AbortController().signal;

/** A plugin as it was, and two ways in which it may have gone on. */
function plugins() {
  const root = mkdtempDisposableSync(join(tmpdir(), "berth-checker-"));
  const folderOf = (name: string, source: string): string => {
    const folder = join(root.path, name);
    mkdirSync(join(folder, "src"), { recursive: true });
    writeFileSync(join(folder, "plugin.toml"), '[plugin]\nname = "x"\n');
    writeFileSync(join(folder, ENTRY), source);
    return folder;
  };
  return {
    before: folderOf("before", "const one: number = 1;\nexport default one;\n"),
    after: folderOf("after", "export default one;\nprocess.kill(1);\n"),
    broken: folderOf("broken", "export default (\n"),
    [Symbol.dispose]: () => root[Symbol.dispose](),
  };
}

async function checked(checker: ModuleChecker, folder: string, before: string) {
  const { compare, ...first } = await checker.begin("x", folder, { entry: ENTRY, before, signal });
  return { first, compared: await compare() };
}

/** A clock whose timers never fire, but one, at once. @param nth which, from 1. */
function clockOverAt(nth: number): Clock {
  let timers = 0;
  return {
    ...systemClock,
    setTimer: (fire) => {
      if (++timers === nth) queueMicrotask(fire);
      return { [Symbol.dispose]: () => undefined };
    },
  };
}

/** The threads that begin until disposed. */
function threadsBegun() {
  const threads: Worker[] = [];
  const onBegin = (thread: Worker): void => void threads.push(thread);
  process.on("worker", onBegin);
  return { threads, [Symbol.dispose]: () => process.off("worker", onBegin) };
}

test("ModuleChecker finds the same in its thread as where it is asked, and whatever was foreseen", async () => {
  using folders = plugins();
  await using checker = new ModuleChecker(systemClock);
  const here = await checked(checker, folders.after, folders.before);
  expect(here.compared.problems).toMatchObject([
    { file: ENTRY, line: 1, message: expect.stringContaining("uses one") },
  ]);
  expect(here.compared.newFindings).toMatchObject([{ pattern: "kills-processes" }]);
  await checker.ready;
  const foreseen = await checker.foresee("x", folders.after, { entry: ENTRY, before: folders.before });
  const text = "export default one;\nprocess.kill(1);\n";
  expect(foreseen).toMatchObject({ modules: 1, texts: [{ path: ENTRY, text }] });
  expect(foreseen!.seen.get(ENTRY)).toBe(createHash("sha256").update(text).digest("hex"));
  for (let time = 0; time < 2; time++) expect(await checked(checker, folders.after, folders.before)).toEqual(here);
  const broken = await checked(checker, folders.broken, folders.before);
  expect(broken.first.problems).toEqual((await checkModules(folders.broken, { entry: ENTRY })).problems);
});

test("ModuleChecker goes on with what was foreseen, whatever lies there by now, and looks anew where that is lost", async () => {
  using folders = plugins();
  await using checker = new ModuleChecker(systemClock);
  const { first, compared } = await checked(checker, folders.after, folders.before);
  await checker.ready;
  const foreseen = await checker.foresee("x", folders.after, { entry: ENTRY, before: folders.before });
  const options = { entry: ENTRY, before: folders.before, foreseen, signal };
  const { compare, ...begun } = await checker.begin("x", folders.broken, options);
  expect(begun).toMatchObject(first);
  expect(await compare()).toEqual(compared);
  // It is told once.
  expect(await (await checker.begin("x", folders.after, options)).compare()).toEqual(compared);
  expect(await checker.foresee("x", folders.broken, { entry: ENTRY, before: folders.before })).toBeUndefined();
});

test("ModuleChecker goes on where it is asked when its thread ends, and has another one afterwards", async () => {
  using folders = plugins();
  using begun = threadsBegun();
  await using checker = new ModuleChecker(systemClock);
  const expected = await checked(checker, folders.after, folders.before);
  await checker.ready;
  const [thread] = begun.threads;
  const asked = checker.begin("x", folders.after, { entry: ENTRY, before: folders.before, signal });
  await thread!.terminate();
  expect(await (await asked).compare()).toEqual(expected.compared);
  expect(await checked(checker, folders.after, folders.before)).toEqual(expected);
  await checker.ready;
  expect(begun.threads).toHaveLength(2);
});

test("ModuleChecker says what the thread could not do, and refuses what takes too long", async () => {
  using folders = plugins();
  await using checker = new ModuleChecker(clockOverAt(2));
  const expected = await checked(checker, folders.after, folders.before);
  await checker.ready;
  // No path: nothing that reads it can tell what is wrong with it.
  const options = { entry: 1 as unknown as string, signal };
  await expect(checker.begin("x", folders.after, options)).rejects.toMatchObject({ code: "PLUGIN_FAILED" });
  const late = checked(checker, folders.after, folders.before);
  const other = checker.begin("y", folders.after, { entry: ENTRY, before: folders.before, signal });
  await expect(late).rejects.toMatchObject({ code: "LIMIT_EXCEEDED" });
  // Nobody else is refused for it.
  expect(await (await other).compare()).toEqual(expected.compared);
});

test("ModuleChecker refuses what took too long to foresee: it is not checked where it was asked", async () => {
  using folders = plugins();
  await using checker = new ModuleChecker(clockOverAt(1));
  await checked(checker, folders.after, folders.before);
  await checker.ready;
  const foreseen = checker.foresee("x", folders.after, { entry: ENTRY });
  const late = checked(checker, folders.after, folders.before);
  await expect(foreseen).rejects.toMatchObject({ code: "LIMIT_EXCEEDED" });
  await expect(late).rejects.toMatchObject({ code: "LIMIT_EXCEEDED" });
});

test("ModuleChecker leaves no thread behind, and checks all the same", async () => {
  using folders = plugins();
  using begun = threadsBegun();
  const checker = new ModuleChecker(systemClock);
  const expected = await checked(checker, folders.after, folders.before);
  await checker.ready;
  await checker[Symbol.asyncDispose]();
  expect(begun.threads.map(({ threadId }) => threadId)).toEqual([-1]);
  expect(await checker.foresee("x", folders.after, { entry: ENTRY })).toBeUndefined();
  expect(await checked(checker, folders.after, folders.before)).toEqual(expected);
  expect(begun.threads).toHaveLength(1);
  const given = AbortSignal.abort(new Error("enough"));
  await expect(checker.begin("x", folders.after, { entry: ENTRY, signal: given })).rejects.toThrow("enough");
});
