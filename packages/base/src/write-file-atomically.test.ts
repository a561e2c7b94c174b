import { mkdtemp, readdir, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { writeFileAtomically } from "./write-file-atomically.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "berth-write-"));
});
afterEach(() => rm(folder, { recursive: true }));

test("writeFileAtomically replaces a file and leaves nothing beside it", async () => {
  const path = join(folder, "a.txt");
  await writeFileAtomically(path, "one");
  await writeFileAtomically(path, new Uint8Array([116, 119, 111]), 0o600);
  expect(await readFile(path, "utf8")).toBe("two");
  expect((await stat(path)).mode & 0o777).toBe(0o600);
  expect(await readdir(folder)).toEqual(["a.txt"]);
});

test("writeFileAtomically that fails leaves the old file and no draft", async () => {
  const path = join(folder, "missing", "a.txt");
  await expect(writeFileAtomically(path, "x")).rejects.toThrow("ENOENT");
  const target = join(folder, "folder");
  await writeFileAtomically(join(folder, "keep.txt"), "kept");
  await expect(writeFileAtomically(`${target}/`, "x")).rejects.toThrow();
  expect(await readdir(folder)).toEqual(["keep.txt"]);
});

test("writeFileAtomically never shows a reader half a file", async () => {
  const path = join(folder, "big.txt");
  const versions = ["a", "b"].map((letter) => letter.repeat(1_000_000));
  await writeFileAtomically(path, versions[0]!);
  const done = new AbortController();
  const seen = new Set<string>();
  const reading = (async () => {
    while (!done.signal.aborted) {
      const text = await readFile(path, "utf8");
      seen.add(`${text.length} ${new Set(text).size}`);
    }
  })();
  for (let i = 0; i < 20; i++) await writeFileAtomically(path, versions[i % 2]!);
  done.abort();
  await reading;
  expect([...seen]).toEqual(["1000000 1"]);
});
