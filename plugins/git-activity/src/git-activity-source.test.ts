import { existsSync, mkdirSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { openTestSource } from "@berth/testing";
import { describe, expect, test } from "vitest";
import { TestRepository } from "../test/repository.ts";

const FOLDER = join(import.meta.dirname, "..");
const NOW = Date.UTC(2026, 3, 2, 18, 0);

const open = (repository: string | undefined, config: Record<string, unknown> = {}, more: object = {}) =>
  openTestSource({
    folder: FOLDER,
    source: "git-activity",
    now: () => NOW,
    config: { time_zone: "UTC", ...(repository === undefined ? {} : { repository }), ...config },
    ...more,
  });

describe("git-activity: configuration", () => {
  test.each([
    ["src/here", {}, "git-activity: repository must be an absolute path"],
    ["--upload-pack=x", {}, "git-activity: repository must be an absolute path"],
    ["/x", { time_zone: "Mars/Olympus" }, "git-activity: time_zone must be a time zone"],
    ["/x", { weeks: 53 }, "weeks must be at most 52"],
  ])("refuses %s with %j [SIG-146]", async (repository, config, message) => {
    await expect(open(repository, config)).rejects.toMatchObject({
      code: "CONFIG_INVALID",
      message: expect.stringContaining(message),
    });
  });
});

describe("git-activity: a repository", () => {
  test("shows commits by day and week, the last ones, authors and lines [SIG-141, SIG-142]", async () => {
    using repository = new TestRepository();
    repository.commit("Begin", { date: "2026-01-01T12:00:00Z", files: { old: "1\n" } });
    repository.commit("Lay the keel", { date: "2026-03-20T12:00:00Z", files: { keel: "1\n2\n3\n" } });
    repository.commit("Raise the mast", { date: "2026-03-31T23:30:00Z", author: "Grace", files: { keel: "1\n2\n" } });
    repository.commit("Set sail\n\nAt last.", { date: "2026-04-01T12:00:00Z", files: { sail: "white\n" } });
    await using source = await open(repository.folder);
    const content = await source.fetch();
    expect(content).toMatchObject({
      title: "harbour",
      subtitle: "Branch main",
      headline: {
        value: "2",
        caption: "commits in 7 days",
        trend: { direction: "up", text: "+1 on the week before" },
      },
      status: { level: "ok", text: "CLEAN" },
      lines: [
        "2 commits in 7 days",
        "3 commits by 2 authors in 12 weeks",
        "4 lines added, 1 removed",
        "Branch main",
        "1 Apr 12:00 Ada: Set sail",
        "31 Mar 23:30 Grace: Raise the mast",
        "20 Mar 12:00 Ada: Lay the keel",
        "1 Jan 12:00 Ada: Begin",
      ],
    });
    const [daily, weekly] = content?.series ?? [];
    expect([daily?.points.length, daily?.points[0], daily?.points.at(-2)]).toEqual([
      84,
      { at: "9 Jan", value: 0 },
      { at: "1 Apr", value: 1 },
    ]);
    expect(weekly?.points.map(({ value }) => value)).toEqual([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 2]);
    expect(content?.tables?.[1]?.rows).toEqual([
      ["Ada", "2"],
      ["Grace", "1"],
    ]);
    expect(content?.stats).toContainEqual({ label: "Commits in all", icon: "history", value: "4" });
  });

  test("counts a day in the zone it is told", async () => {
    using repository = new TestRepository();
    repository.commit("Late", { date: "2026-03-31T23:30:00Z" });
    await using source = await open(repository.folder, { time_zone: "Asia/Tokyo", weeks: 1, title: "Port" });
    const content = await source.fetch();
    expect(content?.title).toBe("Port");
    expect(content?.series).toHaveLength(1);
    expect(content?.series?.[0]?.points.filter(({ value }) => value !== 0)).toEqual([{ at: "1 Apr", value: 1 }]);
  });

  test("shows what is changed, not pushed and not pulled", async () => {
    using repository = new TestRepository();
    repository.commit("One", { files: { a: "1\n", b: "1\n", c: "same\n" } });
    repository.git("branch", "upstream");
    repository.git("checkout", "--quiet", "-b", "work", "--track", "upstream");
    repository.commit("Two");
    repository.write("a", "2\n");
    repository.write("new folder/x", "");
    repository.git("mv", "c", "d");
    await using source = await open(repository.folder);
    const content = await source.fetch();
    expect(content).toMatchObject({ subtitle: "Branch work", status: { level: "warn", text: "3 FILES CHANGED" } });
    expect(content?.stats).toContainEqual({ label: "Not pushed", icon: "upload", value: "1", status: "warn" });
    expect(content?.stats).toContainEqual({ label: "Not pulled", icon: "download", value: "0", status: "ok" });
  });

  test("finds the repository around its own folder when none is named", async () => {
    using repository = new TestRepository("quay");
    repository.commit("One");
    const root = join(repository.folder, ".berth/plugins/git-activity");
    mkdirSync(root, { recursive: true });
    await using source = await open(undefined, {}, { root });
    expect((await source.fetch())?.title).toBe("quay");
  });

  test.each(["--bare", ""])("shows a repository %s without a commit", async (kind) => {
    using repository = new TestRepository("harbour", kind === "" ? [] : [kind]);
    await using source = await open(repository.folder);
    expect(await source.fetch()).toMatchObject({
      title: "harbour",
      headline: { value: "0", caption: "No commits yet" },
      status: { level: "unknown", text: "NO COMMITS YET" },
      lines: ["No commits yet"],
    });
  });

  test("shows a bare and a shallow clone, and says that the latter is only a part", async () => {
    using repository = new TestRepository();
    for (const name of ["One", "Two", "Three"]) repository.commit(name);
    const bare = repository.beside("bare.git");
    const shallow = repository.beside("shallow");
    repository.git("clone", "--quiet", "--bare", repository.folder, bare);
    repository.git("clone", "--quiet", "--depth=1", `file://${repository.folder}`, shallow);
    await using first = await open(bare);
    const whole = await first.fetch();
    expect(whole).toMatchObject({ title: "bare", headline: { value: "3" } });
    expect(whole).not.toHaveProperty("status");
    await using second = await open(shallow);
    expect(await second.fetch()).toMatchObject({
      headline: { value: "1" },
      notice: "Only a part of the history is here (shallow clone)",
    });
  });

  test("shows a commit checked out without a branch, and a second working tree by its own name", async () => {
    using repository = new TestRepository();
    repository.commit("One");
    const other = repository.beside("second");
    repository.git("worktree", "add", "--quiet", "--detach", other);
    await using source = await open(other);
    expect(await source.fetch()).toMatchObject({
      title: "second",
      subtitle: "No branch checked out",
      headline: { value: "1" },
    });
  });
});

describe("git-activity: strange repositories", () => {
  test("takes any author and any message as text, bounded", async () => {
    using repository = new TestRepository();
    repository.commit("\u001b[31mred\tand %x00 %H\r\n\nbody", { author: 'Zoë "the\u202e quay" O\'Neil' });
    repository.commit("x".repeat(100_000), { author: "a".repeat(5_000), date: "2026-04-01T13:00:00Z" });
    await using source = await open(repository.folder);
    const { tables, lines } = (await source.fetch())!;
    const strange = 'Zoë "the\u202e quay" O\'Neil';
    expect(tables?.[0]?.rows).toEqual([
      [`${"x".repeat(158)}..`, "1 Apr"],
      ["\u001b[31mred and %x00 %H", "1 Apr"],
    ]);
    expect(tables?.[1]?.rows).toEqual(
      expect.arrayContaining([
        [`${"a".repeat(78)}..`, "1"],
        [strange, "1"],
      ]),
    );
    expect(lines).toContain(`1 Apr 12:00 ${strange}: \u001b[31mred and %x00 %H`);
  });

  test("stands a commit that claims an impossible time and no author", async () => {
    using repository = new TestRepository();
    const tree = repository.git("write-tree");
    const raw = `tree ${tree}\nauthor  <> 99999999999999999999 +0000\ncommitter  <> 1775044800 +0000\n\nodd\n`;
    writeFileSync(repository.beside("commit"), raw);
    const hash = repository.git("hash-object", "-t", "commit", "-w", "--literally", repository.beside("commit"));
    repository.git("update-ref", "refs/heads/main", hash);
    await using source = await open(repository.folder);
    const content = await source.fetch();
    expect(content?.lines).toContain("1 Apr 12:00 nobody: odd");
  });

  test("runs none of the programs that a repository's configuration names", async () => {
    using repository = new TestRepository();
    const traps = ["fsmonitor", "hook", "diff", "textconv", "pager", "gpg"].map(
      (name) => [name, repository.beside(`${name}-ran`)] as const,
    );
    const trap = Object.fromEntries(traps.map(([name, mark]) => [name, `sh -c 'touch ${mark}; cat' --`]));
    repository.commit("One", { files: { ".gitattributes": "* diff=odd\n", file: "1\n" } });
    for (const [setting, command] of [
      ["core.fsmonitor", trap["fsmonitor"]],
      ["diff.external", trap["diff"]],
      ["diff.odd.command", trap["diff"]],
      ["diff.odd.textconv", trap["textconv"]],
      ["core.pager", trap["pager"]],
      ["gpg.program", trap["gpg"]],
    ]) {
      repository.git("config", setting!, command!);
    }
    repository.git("config", "log.showSignature", "true");
    for (const hook of ["post-index-change", "reference-transaction"]) {
      const path = join(repository.folder, ".git/hooks", hook);
      writeFileSync(path, `#!/bin/sh\ntouch ${repository.beside("hook-ran")}\n`, { mode: 0o755 });
    }
    repository.write("file", "22\n");
    await using source = await open(repository.folder);
    expect((await source.fetch())?.status?.text).toBe("1 FILE CHANGED");
    expect(traps.filter(([, mark]) => existsSync(mark)).map(([name]) => name)).toEqual([]);
  });

  test("leaves the repository as it was", async () => {
    using repository = new TestRepository();
    repository.commit("One", { files: { file: "1\n" } });
    const inside = join(repository.folder, ".git");
    const seen = (): string[] =>
      readdirSync(inside, { recursive: true, encoding: "utf8" }).map(
        (path) => `${path} ${statSync(join(inside, path)).mtimeMs}`,
      );
    repository.write("file", "1\n");
    const before = seen();
    await using source = await open(repository.folder);
    await source.fetch();
    expect(seen()).toEqual(before);
  });
});

describe("git-activity: trouble", () => {
  test("a folder that is no repository is named, and is not asked again", async () => {
    using repository = new TestRepository();
    const folder = repository.beside("plain");
    mkdirSync(folder);
    await using source = await open(folder);
    await expect(source.fetch()).rejects.toMatchObject({
      code: "PLUGIN_FAILED",
      message: `No git repository at ${folder}; set repository to the folder of one`,
      details: { retryable: false },
    });
  });

  test("a folder that is not there is named", async () => {
    await using source = await open("/no/such/folder");
    await expect(source.fetch()).rejects.toMatchObject({ message: expect.stringContaining("/no/such/folder") });
  });

  test("a repository that is damaged gives git's own words", async () => {
    using repository = new TestRepository();
    repository.commit("One");
    writeFileSync(join(repository.folder, ".git/refs/heads/main"), `${"0".repeat(39)}1\n`);
    await using source = await open(repository.folder);
    await expect(source.fetch()).rejects.toMatchObject({
      code: "PLUGIN_FAILED",
      message: expect.stringMatching(/^git log failed with exit code 128 in .*: fatal: /),
    });
  });

  test("a call that is given up ends with its reason", async () => {
    using repository = new TestRepository();
    await using source = await open(repository.folder);
    await expect(source.fetch({ signal: AbortSignal.abort(new Error("deadline")) })).rejects.toThrow("deadline");
  });
});
