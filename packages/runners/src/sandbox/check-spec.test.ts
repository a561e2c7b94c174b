import { isHostError } from "@berth/contract";
import { mkdir, mkdtemp, realpath, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { checkSpec } from "./check-spec.ts";
import type { SandboxSpec } from "./spec.ts";

let root: string;
beforeAll(async () => {
  root = await realpath(await mkdtemp(join(tmpdir(), "berth-spec-")));
  await mkdir(join(root, "real"));
  await symlink(join(root, "real"), join(root, "link"));
});
afterAll(() => rm(root, { recursive: true, force: true }));

const spec = (change: Partial<SandboxSpec>): SandboxSpec => ({
  command: ["/bin/true"],
  env: {},
  system: "programs",
  mounts: [],
  workingFolder: "/",
  limits: { memoryMb: 1, fileHandles: 16, fileSizeMb: 1, processes: 0, tasks: 1, temporaryMb: 0 },
  dataBaseMb: 0,
  ...change,
});
const user = { uid: 61_999, gid: 61_999 };
const mount = (from: string, to: string, isOptional = false): Partial<SandboxSpec> => ({
  mounts: [{ from, to, isWritable: false, isOptional }],
});

test("checkSpec takes what makes sense", async () => {
  await expect(
    checkSpec(spec({ env: { A_1: "x=y" }, ...mount(join(root, "real"), "/plugin") }), false),
  ).resolves.toBeUndefined();
  await expect(checkSpec(spec({ user, ...mount(join(root, "absent"), "/x", true) }), true)).resolves.toBeUndefined();
});

test("checkSpec lets no program run as root, and promises no user that an ordinary host cannot have", async () => {
  const refused = expect.toSatisfy((error: unknown) => isHostError(error, "TIER_UNAVAILABLE"));
  await expect(checkSpec(spec({}), true)).rejects.toEqual(refused);
  await expect(checkSpec(spec({ user: { uid: 0, gid: 0 } }), true)).rejects.toEqual(refused);
  await expect(checkSpec(spec({ user }), false)).rejects.toEqual(refused);
});

test.for<[string, () => Partial<SandboxSpec>, string]>([
  ["a folder that is not there", () => mount(join(root, "absent"), "/plugin"), "is not there"],
  ["a folder behind a link", () => mount(join(root, "link"), "/plugin"), "leads through a link"],
  ["a relative folder", () => mount("real", "/plugin"), "is no absolute path"],
  ["a folder with a way up", () => mount(`${root}/real/../real`, "/plugin"), "is no absolute path"],
  ["a place over the root", () => mount(join(root, "real"), "/"), "nothing may appear at /"],
  ["a place over /proc", () => mount(join(root, "real"), "/proc"), "nothing may appear at /proc"],
  ["a place with a way up", () => mount(join(root, "real"), "/plugin/../proc"), "nothing may appear"],
  [
    "a folder in memory over /proc",
    () => ({ memoryFolders: [{ at: "/proc", sizeMb: 1 }] }),
    "nothing may appear at /proc",
  ],
  ["a folder in memory without a size", () => ({ memoryFolders: [{ at: "/x", sizeMb: 0 }] }), "0 MiB is no size"],
  ["a variable without a name", () => ({ env: { "": "x" } }), "no name of an environment variable"],
  ["a variable with an equals sign", () => ({ env: { "A=B": "x" } }), "no name of an environment variable"],
  ["a limit below zero", () => ({ limits: { ...spec({}).limits, memoryMb: -1 } }), "-1 is no limit"],
  ["a limit that is no number", () => ({ limits: { ...spec({}).limits, tasks: Number.NaN } }), "NaN is no limit"],
  ["a relative working folder", () => ({ workingFolder: "plugin" }), "is no absolute path"],
])("checkSpec refuses %s", async ([, change, message]) => {
  await expect(checkSpec(spec(change()), false)).rejects.toThrowError(message);
});
