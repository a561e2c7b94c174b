import { describe, expect, test } from "vitest";
import { callsBeyond, systemCallNames, systemCallNeed, systemCallNeeds } from "./system-calls.ts";

describe("systemCallNeed", () => {
  test.each([
    ["time", "nothing"],
    ["clock_gettime", "nothing"],
    ["clone", "nothing"],
    ["open", "filesystem"],
    ["unlinkat", "filesystem"],
    ["socket", "network"],
    ["connect", "network"],
    ["sendto", "network"],
    ["execve", "programs"],
    ["fork", "programs"],
    ["ptrace", "refused"],
    ["mount", "refused"],
    ["tiem", undefined],
    ["toString", undefined],
  ])("of %s is %s [RPT-88]", (name, need) => {
    expect(systemCallNeed(name)).toBe(need);
  });

  test("knows each call once", () => {
    const names = systemCallNames();
    expect(new Set(names).size).toBe(names.length);
    expect(names.length).toBeGreaterThan(350);
  });
});

test("systemCallNeeds sorts a list by what its names need [RPT-88]", () => {
  expect([...systemCallNeeds(["connect", "time", "socket", "nonsense", "fork"])]).toEqual([
    ["network", ["connect", "socket"]],
    ["nothing", ["time"]],
    ["programs", ["fork"]],
  ]);
});

describe("callsBeyond", () => {
  test.each([
    [["time"], ["file changes", "sockets", "programs"]],
    [[], ["file changes", "sockets", "programs"]],
    [
      ["time", "connect"],
      ["file changes", "programs"],
    ],
    [["openat"], ["sockets", "programs"]],
    [["execve"], ["file changes", "sockets"]],
    [["fork", "socket", "rename"], []],
    [["ptrace"], ["file changes", "sockets", "programs"]],
  ])("of %j takes away %j [RPT-88]", (list, groups) => {
    expect(callsBeyond(list).groups).toEqual(groups);
  });

  test("leaves what Node.js and its channel to the host cannot do without", () => {
    const { calls } = callsBeyond(["time"]);
    const needed = new Set(["clone", "openat", "newfstatat", "mmap", "futex", "recvmsg", "sendmsg", "write"]);
    expect(calls.filter((call) => needed.has(call))).toEqual([]);
    expect(calls).toEqual(expect.arrayContaining(["socket", "connect", "execve", "fork", "unlink", "renameat2"]));
  });
});
