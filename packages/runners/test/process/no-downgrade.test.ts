import { PRIMITIVES, type Primitive } from "../../src/sandbox/index.ts";
import { describe, expect, test } from "vitest";
import { FaultBench, type FaultyOpen, never } from "./fault-bench.ts";

interface Seen {
  code: string;
  arguments: string[];
}

/** What becomes of a plugin where these are missing. */
async function withoutThem(hide: readonly Primitive[], accepted: "kernel" | "runtime" = "kernel", how?: FaultyOpen) {
  await using bench = await FaultBench.open({ hide, minimumLevel: () => accepted });
  const { level, enforces, mechanisms } = await bench.runner.report(never);
  const missing = mechanisms.filter(({ works }) => !works).map(({ name }) => name);
  try {
    const { ask } = await bench.faulty(how);
    const seen = await ask<Seen>("seen");
    const reads = await ask("read", "/etc/passwd").then(
      () => true,
      () => false,
    );
    return { level, enforces, missing, hasView: seen.code.startsWith("file:///plugin/"), flags: seen.arguments, reads };
  } catch (error) {
    return { level, enforces, missing, error: error as Error & { code: string } };
  }
}

describe("With a part of the sandbox missing", { tags: ["slow"] }, () => {
  test.each<[Primitive]>([["bwrap"], ["user-namespaces"]])(
    "without %s a plugin is held by Landlock, and that is said",
    async (primitive) => {
      const found = await withoutThem([primitive]);
      expect(found).toMatchObject({ level: "kernel", hasView: false, reads: false });
      expect(found.enforces["permissions.filesystem"]).toBe("Landlock");
      expect(found.missing).toContain(primitive);
    },
  );

  test.each<[Primitive]>([["landlock"], ["node-permission"]])(
    "without %s it has its own view all the same",
    async (primitive) => {
      const found = await withoutThem([primitive]);
      expect(found).toMatchObject({ level: "kernel", hasView: true, reads: false });
      expect(found.flags!.includes("--permission")).toBe(primitive !== "node-permission");
    },
  );

  test.each<[string, readonly Primitive[]]>([
    ["seccomp", ["seccomp"]],
    ["rlimits", ["rlimits"]],
    ["either kind of wall", ["bwrap", "landlock"]],
    ["any of it", PRIMITIVES],
  ])("without %s it is refused, and told what is missing and what can be done", async (_title, hide) => {
    const { level, error } = await withoutThem(hide);
    expect(level).toBe(hide.includes("node-permission") ? "none" : "runtime");
    expect(error).toMatchObject({ code: "TIER_UNAVAILABLE" });
    for (const primitive of hide) expect(error!.message).toContain(`${primitive} (hidden by an option of the host`);
    expect(error!.message).toContain("plugins.faulty.minimum_isolation");
  });

  test("a plugin for which the operator took that runs under the rules of Node.js alone, and that is said", async () => {
    const found = await withoutThem(["bwrap", "landlock"], "runtime");
    expect(found).toMatchObject({ level: "runtime", hasView: false, reads: false });
    expect(found.enforces["permissions.filesystem"]).toBe("rules of Node.js");
    for (const limit of ["limits.file_handles", "limits.file_size_mb", "permissions.system_calls"]) {
      expect(found.enforces).not.toHaveProperty([limit]);
    }
  });

  test("nothing runs where there are no rules at all, whatever was accepted", async () => {
    const { error } = await withoutThem(PRIMITIVES, "runtime");
    expect(error).toMatchObject({ code: "TIER_UNAVAILABLE" });
  });

  test("a program of its own has no rules of Node.js to fall back on", async () => {
    const { error } = await withoutThem(["bwrap", "landlock"], "runtime", { isExternal: true });
    expect(error).toMatchObject({
      code: "TIER_UNAVAILABLE",
      message: expect.stringContaining("A program of its own has no rules of Node.js to fall back on"),
    });
  });
});
