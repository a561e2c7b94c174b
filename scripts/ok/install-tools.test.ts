import { chmod, mkdtempDisposable, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { expect, test } from "vitest";
import { missingTools } from "./install-tools.ts";

const TOOLS = [
  { program: "bwrap", debianPackage: "bubblewrap", neededFor: "the sandbox" },
  { program: "cc", debianPackage: "gcc", neededFor: "C" },
];

test("missingTools looks for each program in every folder of the path", async () => {
  await using one = await mkdtempDisposable(join(tmpdir(), "berth-tools-"));
  await using two = await mkdtempDisposable(join(tmpdir(), "berth-tools-"));
  const path = [one.path, "", two.path].join(delimiter);
  expect(missingTools(path, TOOLS).map(({ program }) => program)).toEqual(["bwrap", "cc"]);
  await writeFile(join(two.path, "bwrap"), "#!/bin/sh\n");
  await chmod(join(two.path, "bwrap"), 0o755);
  expect(missingTools(path, TOOLS).map(({ debianPackage }) => debianPackage)).toEqual(["gcc"]);
});
