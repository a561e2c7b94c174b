import { mkdtempDisposableSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { UnfinishedFiles } from "./unfinished-files.ts";

const CHANGED = { name: "a.js", isRename: false } as const;
const CAME = { name: "a.js", isRename: true } as const;

test("UnfinishedFiles knows nothing of a file that is written in place, until that is over", () => {
  using folder = mkdtempDisposableSync(join(tmpdir(), "berth-unfinished-"));
  const files = new UnfinishedFiles();
  const [a, b] = [join(folder.path, "a.js"), join(folder.path, "b.js")];
  expect(files.note(a, CHANGED)).toBe("unknown");
  replace(b);
  expect(files.note(b, CAME)).toBe("unknown");
  files.clear();
  expect(files.note(b, CAME)).toBe("whole");
});

test("UnfinishedFiles takes a file for whole that a rename put in its place, and for gone what is not there", () => {
  using folder = mkdtempDisposableSync(join(tmpdir(), "berth-unfinished-"));
  const files = new UnfinishedFiles();
  const file = join(folder.path, "a.js");
  const draft = replace(file);
  expect(files.note(draft, CAME)).toBe("gone");
  expect(files.note(file, CAME)).toBe("whole");
  rmSync(file);
  expect(files.note(file, CAME)).toBe("gone");
  expect(files.note(folder.path, CAME)).toBe("unknown");
});

test("UnfinishedFiles believes the system, where that tells who writes", () => {
  const files = new UnfinishedFiles();
  expect(files.note("/a", { ...CHANGED, state: "written" })).toBe("written");
  expect(files.note("/b", { ...CHANGED, state: "written" })).toBe("written");
  expect(files.note("/b", { ...CHANGED, state: "whole" })).toBe("written");
  expect(files.note("/a", { ...CHANGED, state: "whole" })).toBe("whole");
});

test("UnfinishedFiles waits for the name of a file that was made just now", () => {
  using folder = mkdtempDisposableSync(join(tmpdir(), "berth-unfinished-"));
  const files = new UnfinishedFiles();
  const file = join(folder.path, "a.js.tmp");
  writeFileSync(file, "1");
  expect(files.note(file, CAME)).toBe("unknown");
  expect(files.note(file, { ...CHANGED, state: "written" })).toBe("written");
  expect(files.note(file, { ...CHANGED, state: "whole" })).toBe("fresh");
  rmSync(file);
  expect(files.note(file, CAME)).toBe("gone");
  expect(files.note(join(folder.path, "a.js"), { ...CAME, state: "whole" })).toBe("whole");
});

/** As editors do that write beside the file; its content is older than its name. @returns where it was written. */
function replace(file: string): string {
  const draft = `${file}.tmp`;
  writeFileSync(draft, "1");
  const second = Math.floor(Date.now() / 1_000) - 10;
  utimesSync(draft, second, second);
  renameSync(draft, file);
  expect(statSync(file).mtimeMs).toBe(second * 1_000);
  return draft;
}
