import { mkdir, mkdtempDisposable, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { scanFolder } from "./scan-folder.ts";
import { scanModule } from "./scan-module.ts";

const signal = new AbortController().signal;
const patternsIn = (source: string, file = "plugin.ts"): string[] =>
  scanModule(file, source).map(({ pattern }) => pattern);

describe("scanModule [OPS-57, RPT-147]", () => {
  test.each([
    ["eval('1 + 1')", "dynamic-code"],
    ["globalThis.eval(text)", "dynamic-code"],
    ["new Function('return 1')()", "dynamic-code"],
    ["[].filter.constructor('return process')()", "dynamic-code"],
    ["import vm from 'node:vm'", "dynamic-code"],
    ["await import(name)", "dynamic-import"],
    ["require(`./${name}`)", "dynamic-import"],
    ["import { spawn } from 'child_process'", "starts-programs"],
    ["const { exec } = require('node:child_process')", "starts-programs"],
    ["await import('node:' + 'child_process')", "starts-programs"],
    ["process.getBuiltinModule('child_process')", "starts-programs"],
    ["export * from 'node:fs'", "opens-files"],
    ["import { connect } from 'node:net'", "opens-sockets"],
    ["import sqlite from 'node:sqlite'", "opens-databases"],
    ["import addon from './addon.node'", "native-addon"],
    ["process.binding('fs')", "runtime-internals"],
    ["process['dlopen'](module, path)", "runtime-internals"],
    ["import { Session } from 'node:inspector'", "runtime-internals"],
    ["process.kill(1, 'SIGKILL')", "kills-processes"],
    ["console.log(process.env.HOME)", "reads-environment"],
    ["globalThis.process.env", "reads-environment"],
    ["import { registerHooks } from 'node:module'", "loader-hooks"],
    ["import { Worker } from 'node:worker_threads'", "starts-threads"],
    ["Object.prototype.isAdmin = true", "pollutes-prototypes"],
    ["target.__proto__ = evil", "pollutes-prototypes"],
    ["Object.assign(Array.prototype, more)", "pollutes-prototypes"],
    ["globalThis.fetch = spy", "replaces-globals"],
    ["readFile('/etc/passwd')", "reads-host-places"],
    ["const key = `${home}/.ssh/id_rsa`", "reads-host-places"],
    ["fetch('http://169.254.169.254/latest/meta-data')", "names-metadata-service"],
    [`const blob = "${"QUJD".repeat(300)}"`, "hides-text"],
    ["const = 5", "unreadable"],
  ])("finds %s", (source, pattern) => {
    expect(patternsIn(source)).toContain(pattern);
  });

  test.each([
    ["the kit and its types", "import { definePlugin } from '@berth/sdk';\nimport type { Stats } from 'node:fs';"],
    ["harmless builtins", "import { join } from 'node:path'; import { createHash } from 'node:crypto';"],
    ["a property that is called eval", "const result = { eval: 1 }.eval;"],
    ["an own prototype", "class A {}\nA.prototype.b = 1;"],
    ["a long sentence", `const text = "${"one word after the other ".repeat(60)}";`],
    ["a text that looks like code", "const help = 'run eval(x) or process.kill(1)';"],
    ["a member of a super class", "class B extends A { constructor() { super(); this.constructor.name; } }"],
  ])("leaves %s alone", (_what, source) => {
    expect(patternsIn(source)).toEqual([]);
  });

  test("says where, in the author's own file, and what it means", () => {
    const source = 'import { definePlugin } from "@berth/sdk";\n\nconst secret = process.env.TOKEN;\n';
    expect(scanModule("src/plugin.ts", source)).toEqual([
      {
        pattern: "reads-environment",
        weight: "warning",
        file: "src/plugin.ts",
        line: 3,
        column: 16,
        code: "process.env",
        sentence: "reads the environment; ctx.env and ctx.secrets do it with leave",
      },
    ]);
  });

  test("shows code as one harmless line", () => {
    const [finding] = scanModule(
      "a.js",
      "eval('\u001b[31m' +\n 'x'.repeat(500), 'yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy')",
    );
    expect(finding?.code).not.toMatch(/\p{Cc}/u);
    expect(finding!.code.length).toBeLessThan(150);
  });
});

describe("scanFolder [OPS-21, RPT-146]", () => {
  async function folderOf(files: Record<string, string>) {
    const folder = await mkdtempDisposable(join(tmpdir(), "berth-scan-"));
    for (const [path, text] of Object.entries(files)) {
      await mkdir(join(folder.path, path, ".."), { recursive: true });
      await writeFile(join(folder.path, path), text);
    }
    return folder;
  }

  test("holds what the code does against what the manifest asks", async () => {
    await using folder = await folderOf({
      "src/plugin.ts": "import { spawn } from 'node:child_process';\nimport net from 'node:net';",
      "plugin.toml": "",
      "types.d.ts": "import 'node:fs'",
    });
    const report = await scanFolder(folder.path, { network: true }, signal);
    expect(report).toMatchObject({ files: 3, unasked: ["starts-programs"] });
    expect(report.findings.map(({ pattern, file }) => [pattern, file])).toEqual([
      ["starts-programs", "src/plugin.ts"],
      ["opens-sockets", "src/plugin.ts"],
    ]);
    expect((await scanFolder(folder.path, { network: [], exec: ["git"] }, signal)).unasked).toEqual(["opens-sockets"]);
  });

  test("tells of binaries, links and files that are too large, and opens none of them", async () => {
    await using folder = await folderOf({ "build/addon.node": "ELF", "large.js": "x".repeat(2_000) });
    await symlink("/etc/passwd", join(folder.path, "notes.js"));
    const report = await scanFolder(folder.path, {}, signal, { files: 10, fileBytes: 1_000 });
    expect(report.findings.map(({ pattern, file, code }) => [pattern, file, code])).toEqual([
      ["native-addon", "build/addon.node", "a binary"],
      ["unreadable", "large.js", "larger than 1000 bytes"],
      ["reads-host-places", "notes.js", "a link"],
    ]);
  });

  test("stops at its bound and when it is told to", async () => {
    await using folder = await folderOf({ "a.js": "", "b.js": "" });
    await expect(scanFolder(folder.path, {}, signal, { files: 1, fileBytes: 1_000 })).rejects.toMatchObject({
      code: "LIMIT_EXCEEDED",
    });
    await expect(scanFolder(folder.path, {}, AbortSignal.abort(new Error("enough")))).rejects.toThrow("enough");
  });
});
