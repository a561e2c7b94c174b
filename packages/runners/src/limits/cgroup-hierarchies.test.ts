import { describe, expect, test } from "vitest";
import { findHierarchies, parseHierarchies } from "./cgroup-hierarchies.ts";

const UNIFIED =
  "30 23 0:26 / /sys/fs/cgroup rw,nosuid,nodev,noexec,relatime shared:9 - cgroup2 cgroup2 rw,nsdelegate\n";

describe("parseHierarchies", () => {
  test("finds the group of a user on a system with version 2 alone", () => {
    const groups = "0::/user.slice/user-1000.slice/user@1000.service/app.slice/run-u1.scope\n";
    expect(parseHierarchies(UNIFIED, groups)).toEqual([
      {
        version: 2,
        controllers: [],
        folder: "/sys/fs/cgroup/user.slice/user-1000.slice/user@1000.service/app.slice/run-u1.scope",
      },
    ]);
  });

  test("finds each hierarchy of version 1, and version 2 beside them", () => {
    const mounts =
      "32 31 0:29 / /sys/fs/cgroup/cpu,cpuacct rw - cgroup cgroup rw,cpu,cpuacct\n" +
      "35 31 0:32 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n" +
      "40 31 0:37 / /sys/fs/cgroup/systemd rw - cgroup cgroup rw,name=systemd\n" +
      "41 31 0:38 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n";
    const groups = "9:name=systemd:/\n4:memory:/a/b\n2:cpu,cpuacct:/\n0::/\n";
    expect(parseHierarchies(mounts, groups)).toEqual([
      { version: 1, controllers: ["name=systemd"], folder: "/sys/fs/cgroup/systemd/" },
      { version: 1, controllers: ["memory"], folder: "/sys/fs/cgroup/memory/a/b" },
      { version: 1, controllers: ["cpu", "cpuacct"], folder: "/sys/fs/cgroup/cpu,cpuacct/" },
      { version: 2, controllers: [], folder: "/sys/fs/cgroup/unified/" },
    ]);
  });

  test("finds the group of a container that has only its own part mounted", () => {
    const mounts = "35 31 0:32 /docker/abc /sys/fs/cgroup/memory ro - cgroup cgroup rw,memory\n";
    const folders = ["/docker/abc", "/docker/abc/inner", "/"].map(
      (path) => parseHierarchies(mounts, `4:memory:${path}\n`)[0]?.folder,
    );
    expect(folders).toEqual(["/sys/fs/cgroup/memory", "/sys/fs/cgroup/memory/inner", "/sys/fs/cgroup/memory"]);
  });

  test("leaves out a group that is not below what is mounted", () => {
    const mounts = "35 31 0:32 /docker/abc /sys/fs/cgroup/memory ro - cgroup cgroup rw,memory\n";
    expect(parseHierarchies(mounts, "4:memory:/docker/abcd\n")).toEqual([]);
  });

  test("reads paths with spaces and colons", () => {
    const mounts = String.raw`35 31 0:32 / /mnt/my\040groups rw - cgroup2 cgroup2 rw` + "\n";
    expect(parseHierarchies(mounts, "0::/a:b c\n")[0]?.folder).toBe("/mnt/my groups/a:b c");
  });
});

test("findHierarchies finds nothing where there is no /proc", () => {
  expect(findHierarchies("/nowhere")).toEqual([]);
});
