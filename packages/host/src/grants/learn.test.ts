import { neutralise } from "@berth/base";
import type { UsageCount } from "@berth/storage";
import { readManifest } from "@berth/kernel/manifest";
import { describe, expect, test } from "vitest";
import { ask, WORKING_FOLDER } from "../../test/ask-for-tests.ts";
import type { Use } from "../capabilities/usage/use.ts";
import { differenceOf } from "./difference.ts";
import { learn } from "./learn.ts";
import { lessonToml } from "./lesson-toml.ts";
import { usesOf } from "./uses.ts";

const CAPABILITY: Record<Use["kind"], string> = {
  fetch: "fetch",
  connect: "connect",
  file: "files",
  exec: "exec",
  secret: "secrets",
  env: "env",
  service: "services",
  publish: "events",
  subscribe: "events",
  other: "store",
};

const used = (use: Use, entry: string | undefined, more: Partial<UsageCount> = {}): UsageCount => ({
  plugin: "stock",
  capability: CAPABILITY[use.kind],
  outcome: "allowed",
  ...(entry === undefined ? {} : { entry }),
  what: JSON.stringify(use),
  use: use as never,
  count: 1,
  firstAt: 1_000,
  lastAt: 2_000,
  ...more,
});

const get = (path: string, host = "a.example", method = "GET", port = 443): Use => {
  return { kind: "fetch", method, host, port, path };
};
const read = (path: string): Use => ({ kind: "file", mode: "read", path });
const run = (program: string, ...args: string[]): Use => ({ kind: "exec", program, args });

const learned = (...counts: UsageCount[]) => learn(ask(), counts, { workingFolder: WORKING_FOLDER }).permissions;

describe("learn", () => {
  test.each<[string, UsageCount[], string[]]>([
    [
      "a few paths one by one",
      [used(get("/v1/a"), "*"), used(get("/v1/a", "a.example", "HEAD"), "*"), used(get("/b"), "*")],
      ["GET a.example/b", "GET,HEAD a.example/v1/a"],
    ],
    [
      "many paths by what they share",
      [1, 2, 3, 4, 5].map((id) => used(get(`/v1/items/${id}`), "*")),
      ["GET a.example/v1/items/*"],
    ],
    [
      "many paths that share nothing",
      ["/a/1", "/b/2", "/c/3", "/d/4"].map((path) => used(get(path), "*")),
      ["GET a.example"],
    ],
    ["a port that is not the web's", [used(get("/", "a.example", "POST", 8_080), "*")], ["POST a.example:8080/"]],
    [
      "a connection as a whole",
      [
        used({ kind: "connect", host: "db.example", port: 5_432 }, "*"),
        used(get("/x", "db.example", "GET", 5_432), "*"),
      ],
      ["db.example:5432"],
    ],
    ["an address of version 6", [used(get("/", "::1", "GET", 9_000), "*")], ["GET [::1]:9000/"]],
    ["a path no entry can name", [used(get("/a*b"), "*")], ["GET a.example"]],
    ["what was configured by its field", [used(get("/x", "10.0.0.1"), "config:url")], ["config:url"]],
  ])("proposes hosts: %s", (_what, counts, entries) => {
    expect(learned(...counts).network).toEqual(entries);
  });

  test("proposes files one by one, or their folder, and relative ones in the working folder", () => {
    const many = [1, 2, 3, 4].map((n) => used(read(`/srv/photos/${n}.png`), "/srv"));
    const lists = learned(
      ...many,
      used(read("/etc/hostname"), "/etc"),
      used(read(`${WORKING_FOLDER}/data/a.csv`), "/"),
    );
    expect(lists["filesystem.read"]).toEqual(["/etc/hostname", "/srv/photos", "data/a.csv"]);
    expect(lists["filesystem.write"]).toEqual([]);
    const written = learned(used({ kind: "file", mode: "write", path: "/srv/out.txt" }, "/srv"));
    expect(written["filesystem.write"]).toEqual(["/srv/out.txt"]);
  });

  test("proposes programs with their arguments, or with what all command lines begin with", () => {
    expect(learned(used(run("git", "log", "-1"), "git"), used(run("uptime"), "uptime")).exec).toEqual([
      "git log -1",
      "uptime",
    ]);
    const many = ["a", "b c", "d", "e"].map((branch) => used(run("git", "log", branch), "git"));
    expect(learned(...many).exec).toEqual(["git log **"]);
    expect(learned(used(run("echo", "a b", "*"), "echo")).exec).toEqual(['echo "a b" "*"']);
  });

  test("proposes to hide a secret that was only sent", () => {
    const sent: Use = { kind: "secret", name: "TOKEN", as: "handle", host: "a.example" };
    const shown: Use = { kind: "secret", name: "KEY", as: "value" };
    expect(learned(used(sent, "TOKEN"), used(shown, "KEY")).secrets).toEqual(["KEY", "TOKEN -> a.example"]);
    expect(learned(used(sent, "TOKEN"), used({ kind: "secret", name: "TOKEN", as: "value" }, "TOKEN")).secrets).toEqual(
      ["TOKEN"],
    );
  });

  test("proposes names for the rest, and nothing for what needs no permission or was refused", () => {
    const lists = learned(
      used({ kind: "env", name: "LANG" }, "LANG"),
      used({ kind: "service", service: "runs", method: "summary" }, "runs"),
      used({ kind: "publish", subject: "a.b" }, "a.*"),
      used({ kind: "subscribe", subject: "run.finished" }, ">"),
      used({ kind: "other", what: "store" }, undefined),
      used(read("/data/own"), undefined),
      used(get("/"), undefined, { outcome: "denied" }),
    );
    expect(Object.entries(lists).filter(([, entries]) => entries.length > 0)).toEqual([
      ["env", ["LANG"]],
      ["services", ["runs"]],
      ["events.publish", ["a.b"]],
      ["events.subscribe", ["run.finished"]],
    ]);
  });

  test("names what was asked and never used, and keeps what nobody can see the use of", () => {
    const asked = ask({ network: ["*.example", "b.org"], exec: ["git"], may: ["a.b"] });
    const lesson = learn(asked, [used(get("/"), "a.example")], { workingFolder: WORKING_FOLDER });
    expect(lesson.unused).toEqual([
      { permission: "network", entry: "b.org" },
      { permission: "exec", entry: "git" },
    ]);
    expect(lesson.permissions.may).toEqual(["a.b"]);
  });

  test("tells no refusal that what is proposed would end", () => {
    const denied = { outcome: "denied" } as const;
    const lesson = learned(used(get("/v1"), "a.example"), used(get("/v1"), undefined, denied));
    expect(lesson.network).toEqual(["GET a.example/v1"]);
    const counts = [
      used(get("/v1"), "a.example"),
      used(get("/v1"), undefined, denied),
      used(get("/v2"), undefined, denied),
      used({ kind: "other", what: "GET ftp://x" }, undefined, denied),
    ];
    const { refusals } = learn(ask(), counts, { workingFolder: WORKING_FOLDER });
    expect(refusals.map(({ what }) => what)).toEqual([counts[2]!.what, counts[3]!.what]);
  });

  test("says where the counts could not be kept apart", () => {
    const others = used(get("/"), "*", { what: "(others)" });
    delete others.use;
    expect(learn(ask(), [others], { workingFolder: WORKING_FOLDER }).incomplete).toEqual(["network"]);
  });
});

describe("lessonToml", () => {
  test("is a manifest that allows what was used and nothing that was not asked", async () => {
    const asked = { network: ["*.example"], filesystem: { read: ["/srv"] }, exec: ["git"], secrets: ["A"] };
    const counts = [
      used(get("/v1"), "*.example"),
      used(read("/srv/a"), "/srv"),
      used(get("/", "evil.example"), undefined, {
        outcome: "denied",
        what: "GET evil.example:443/\u001B[2J",
        count: 3,
      }),
    ];
    const lesson = learn(ask(asked), counts, { workingFolder: WORKING_FOLDER });
    const toml = lessonToml(lesson);
    expect(toml).toBe(`[permissions]
network = ["GET a.example/v1"]
filesystem.read = ["/srv/a"]
# asked and never used: exec git
# asked and never used: secrets A
# refused 3 times: network: GET evil.example:443/\\u001b[2J
`);
    expect(differenceOf(ask(asked), ask(await permissionsIn(toml))).isMore).toBe(false);
  });

  test("stays TOML, and harmless, whatever was used", async () => {
    const counts = [used(read('/srv/"a\\b\u202Ec\u0007\u007F'), "/srv"), used(run("echo", "x".repeat(200)), "echo")];
    const toml = lessonToml(learn(ask(), counts, { workingFolder: WORKING_FOLDER }));
    expect(neutralise(toml)).toBe(toml);
    expect(await permissionsIn(toml)).toEqual({
      filesystem: { read: ['/srv/"a\\b\u202Ec\u0007\u007F'] },
      exec: [`echo ${"x".repeat(200)}`],
    });
  });

  test("says so when nothing was used", () => {
    expect(lessonToml(learn(ask(), [], { workingFolder: "/" }))).toBe(
      "[permissions]\n# It used nothing that needs a permission.\n",
    );
  });
});

describe("usesOf", () => {
  test("counts the uses of each entry that is asked, also by a narrower one that was granted [OPS-58]", () => {
    const asked = ask({ network: ["*.example"], exec: ["git"] });
    const counts = [
      used(get("/a"), "a.example", { count: 2 }),
      used(get("/b"), "*.example", { count: 3, lastAt: 9_000 }),
      used(run("rm"), undefined, { outcome: "denied", what: "run rm" }),
    ];
    expect(usesOf(asked, counts)).toEqual({
      entries: [
        { permission: "network", entry: "*.example", uses: 5, firstAt: 1_000, lastAt: 9_000 },
        { permission: "exec", entry: "git", uses: 0 },
      ],
      refusals: [{ permission: "exec", what: "run rm", refusals: 1, firstAt: 1_000, lastAt: 2_000 }],
    });
  });

  test("takes what the database holds for no more than it is", () => {
    const odd = [
      { kind: "file" },
      { kind: "fetch", host: 7 },
      { kind: "exec", program: "x", args: [1] },
      { kind: "__proto__" },
    ];
    for (const use of odd) {
      const count = used(read("/x"), "/srv", { use });
      expect(() => learned(count)).not.toThrow();
      expect(learned(count)["filesystem.read"]).toEqual([]);
    }
  });
});

/** What a manifest with these permissions asks; its rules are held against them too. */
async function permissionsIn(toml: string): Promise<object> {
  const head = '[plugin]\nname = "stock"\nversion = "1.0.0"\n[provides]\nsource = ["stock"]\n';
  const reading = await readManifest(`${head}${toml}`, "plugin.toml");
  if ("problems" in reading) throw new Error(JSON.stringify(reading.problems));
  return reading.manifest.permissions;
}
