import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Grant, NO_GRANT, type Permissions, subjectCovers } from "@berth/contract";
import { bindGrant } from "./bind-grant.ts";
import { matchesExec, parseExecEntry } from "./exec-entry.ts";
import { isInFolder } from "./folder-scope.ts";
import { findDestination, networkRules, type NetworkUse } from "./network-rules.ts";
import { resolveGrant } from "./resolve-grant.ts";
import { isSecretFor, parseSecretEntry } from "./secret-entry.ts";
import type { OperatorGrant } from "./spelt-out.ts";

const base = { workingFolder: "/work", dataFolder: "/state/weather", codeFolder: "/work/plugins/weather" };

function grantOf(asked: Permissions, allowed: "asked" | OperatorGrant): Grant {
  return resolveGrant(asked, allowed, base).grant;
}

describe("resolveGrant", () => {
  test("grants all that was asked when the operator allows that [RPT-44]", () => {
    const asked: Permissions = {
      network: ["api.example.org", "config:url"],
      filesystem: { read: ["/proc", "pictures", "config:folder"], write: ["out"] },
      exec: ["git", "ls -l **"],
      secrets: ["API_KEY", "TOKEN -> api.example.org"],
      env: ["LANG"],
      services: ["metrics"],
      events: { publish: ["weather.*"], subscribe: ["run.>"] },
    };
    expect(resolveGrant(asked, "asked", base)).toEqual({
      grant: {
        network: ["api.example.org", "config:url"],
        read: ["/proc", "/work/pictures", "config:folder"],
        write: ["/work/out"],
        exec: ["git", "ls -l **"],
        secrets: ["API_KEY", "TOKEN -> api.example.org"],
        env: ["LANG"],
        services: ["metrics"],
        publish: ["weather.*"],
        subscribe: ["run.>"],
        may: [],
      },
      withheld: [],
    });
  });

  test("grants nothing when nothing was asked, whatever the operator allows [RPT-44]", () => {
    const everything: OperatorGrant = {
      network: true,
      filesystem: { read: ["/"], write: ["/"] },
      exec: ["sh"],
      secrets: ["KEY"],
      env: ["HOME"],
      services: ["all"],
      events: { publish: [">"], subscribe: [">"] },
    };
    expect(resolveGrant({}, everything, base)).toEqual({ grant: NO_GRANT, withheld: [] });
  });

  test("grants nothing when the operator allows nothing, and lists all that was asked", () => {
    const { grant, withheld } = resolveGrant({ network: true, exec: ["git"], filesystem: "read-write" }, {}, base);
    expect(grant).toEqual(NO_GRANT);
    expect(withheld).toEqual([
      { permission: "network", entry: "*", reason: "the operator did not allow it" },
      { permission: "filesystem.read", entry: "/work", reason: "the operator did not allow it" },
      { permission: "filesystem.write", entry: "/work", reason: "the operator did not allow it" },
      { permission: "exec", entry: "git", reason: "the operator did not allow it" },
    ]);
  });

  test("narrows to the smaller of both and says what was granted of an entry", () => {
    const { grant, withheld } = resolveGrant(
      { network: ["*.example.org"], filesystem: { read: ["/srv"] }, events: { subscribe: ["run.>"] } },
      {
        network: ["api.example.org", "other.net"],
        filesystem: { read: ["/srv/a", "/etc"] },
        events: { subscribe: ["*.finished"] },
      },
      base,
    );
    expect(grant).toEqual({ ...NO_GRANT, network: ["api.example.org"], read: ["/srv/a"], subscribe: ["run.finished"] });
    expect(withheld.map(({ entry, reason }) => `${entry}: ${reason}`)).toEqual([
      "*.example.org: the operator allowed only api.example.org",
      "/srv: the operator allowed only /srv/a",
      "run.>: the operator allowed only run.finished",
    ]);
  });

  test.each<[string, Permissions["network"], OperatorGrant["network"], string[]]>([
    ["any host, any allowed", true, true, ["*"]],
    ["any host, a list allowed", true, ["b.org", "a.org:81"], ["b.org", "a.org:81"]],
    ["any host, loopback named by the operator", true, ["127.0.0.1:8080"], ["127.0.0.1:8080"]],
    ["any host, the configured one allowed", true, ["config:url"], ["config:url"]],
    ["loopback, any allowed", ["127.0.0.1:8080"], true, []],
    ["a configured host, any allowed", ["config:url"], true, ["config:url"]],
    ["a configured host, a list allowed", ["config:url"], ["a.org"], []],
    ["a configured host, another field allowed", ["config:url"], ["config:token"], []],
    ["no port, one of its two allowed", ["a.org"], ["a.org:443"], ["a.org:443"]],
    ["no port, another allowed", ["a.org"], ["a.org:8443"], []],
    ["spelt otherwise", ["A.org."], ["a.ORG"], ["a.org"]],
    ["a switch that is off", false, true, []],
    ["refused with a switch", ["a.org"], false, []],
    ["all of a host, some requests allowed", ["a.org"], ["GET a.org/v1/*"], ["GET a.org/v1/*"]],
    ["some requests, all of the host allowed", ["POST,GET *.a.org/v1"], ["b.a.org"], ["GET,POST b.a.org/v1"]],
    ["methods of both", ["GET,PUT a.org"], ["PUT,POST a.org"], ["PUT a.org"]],
    ["methods that differ", ["GET a.org"], ["POST a.org"], []],
    ["paths of both", ["a.org/v1/*"], ["GET a.org/*/items"], ["GET a.org/v1/items"]],
    ["paths that differ", ["a.org/v1/*"], ["a.org/v2/*"], []],
    ["a path that is all", ["a.org/*"], ["a.org"], ["a.org"]],
    ["any host by some methods, loopback named by the operator", ["GET *"], ["127.0.0.1:8080"], ["GET 127.0.0.1:8080"]],
  ])("network: %s", (_title, asked, allowed, expected) => {
    expect(grantOf({ network: asked }, { network: allowed }).network).toEqual(expected);
  });

  test.each<[string, Permissions["filesystem"], OperatorGrant["filesystem"], { read: string[]; write: string[] }]>([
    ["read-write asked, read-only allowed", "read-write", "read-only", { read: ["/work"], write: [] }],
    ["read-only asked, read-write allowed", "read-only", "read-write", { read: ["/work"], write: [] }],
    ["none allowed", "read-write", "none", { read: [], write: [] }],
    ["a folder asked, its parent allowed", { read: ["/a/b"] }, { read: ["/a"] }, { read: ["/a/b"], write: [] }],
    ["a sibling that begins alike", { read: ["/a/bc"] }, { read: ["/a/b"] }, { read: [], write: [] }],
    ["a way out by ..", { read: ["/a/b/../../etc"] }, { read: ["/a"] }, { read: [], write: [] }],
    ["a relative way out", { read: ["../other"] }, "read-only", { read: [], write: [] }],
    ["read allowed, write asked", { write: ["/a"] }, { read: ["/a"] }, { read: [], write: [] }],
    ["the code folder", { write: ["plugins/weather/data"] }, { write: ["/"] }, { read: [], write: [] }],
    ["a configured path, the root allowed", { read: ["config:p"] }, { read: ["/"] }, { read: [], write: [] }],
  ])("filesystem: %s", (_title, asked, allowed, expected) => {
    expect(grantOf({ filesystem: asked }, { filesystem: allowed })).toMatchObject(expected);
  });

  test.each<[string, string[], string[], string[]]>([
    ["a program, some arguments allowed", ["git"], ["git log **"], ["git log **"]],
    ["some arguments, the program allowed", ["git log **"], ["git"], ["git log **"]],
    ["any arguments, said twice", ["git **"], ["git"], ["git"]],
    ["arguments of both", ["git * --oneline"], ["git log **"], ["git log --oneline"]],
    ["arguments that differ", ["git log **"], ["git push **"], []],
    ["more arguments than allowed", ["git log --all"], ["git *"], []],
    ["an argument with a space", ['git commit -m "a b"'], ["git commit **"], ['git commit -m "a b"']],
    ["an argument that is a star", ['find "*"'], ["find *"], ['find "*"']],
    ["another program", ["git"], ["gitk"], []],
    ["quotes that do not close", ['git "log'], ['git "log'], []],
    ["a rest that is not last", ["git ** log"], ["git"], []],
  ])("exec: %s", (_title, asked, allowed, expected) => {
    expect(grantOf({ exec: asked }, { exec: allowed }).exec).toEqual(expected);
  });

  test.each<[string, string[], string[], string[]]>([
    ["reading asked, sending allowed", ["KEY"], ["KEY -> a.org"], ["KEY -> a.org"]],
    ["sending asked, reading allowed", ["KEY -> a.org"], ["KEY"], ["KEY -> a.org"]],
    ["hosts of both", ["KEY -> *.a.org, b.org"], ["KEY->x.a.org,c.org"], ["KEY -> x.a.org"]],
    ["hosts that differ", ["KEY -> a.org"], ["KEY -> b.org"], []],
    ["another name", ["KEY -> a.org"], ["KEYS"], []],
    ["no hosts", ["KEY -> "], ["KEY"], []],
    ["two arrows", ["KEY -> a.org -> b.org"], ["KEY"], []],
  ])("secrets: %s", (_title, asked, allowed, expected) => {
    expect(grantOf({ secrets: asked }, { secrets: allowed }).secrets).toEqual(expected);
  });

  test("withholds entries that mean nothing, and says so", () => {
    const { grant, withheld } = resolveGrant(
      { network: ["https://a.org/"], events: { publish: ["a b"] } },
      "asked",
      base,
    );
    expect(grant).toEqual(NO_GRANT);
    expect(withheld).toEqual([
      { permission: "network", entry: "https://a.org/", reason: expect.stringContaining("not a host pattern") },
      { permission: "events.publish", entry: "a b", reason: expect.stringContaining("not a subject") },
    ]);
  });

  test("withholds writing to the plugin's own code", () => {
    const { withheld } = resolveGrant({ filesystem: { write: [base.codeFolder] } }, "asked", base);
    expect(withheld).toEqual([
      { permission: "filesystem.write", entry: base.codeFolder, reason: expect.stringContaining("never writable") },
    ]);
  });
});

const hosts = fc.constantFrom(
  "*",
  "*.example.org",
  "a.example.org",
  "a.example.org:81",
  "127.0.0.1",
  "other.net",
  "GET a.example.org/v1/*",
  "PUT,GET *.example.org/*/items",
  "POST *",
  "???",
);
const folders = fc.constantFrom("/", "/a", "/a/b", "/a/b/c", "/ab", "x", "../y");
const subjects = fc.constantFrom(">", "a.*", "a.b", "*.b", "a.>", "not a subject");
const names = fc.constantFrom("git", "sh", "KEY");
const programs = fc.constantFrom("git", "sh", "git log **", "git * --all", "git log", 'sh "-c" **', "sh ** -c");
const secrets = fc.constantFrom("KEY", "KEY -> a.example.org", "KEY -> *.example.org, other.net", "OTHER", "KEY ->");
const permissions: fc.Arbitrary<OperatorGrant> = fc.record({
  network: fc.oneof(fc.boolean(), fc.array(hosts, { maxLength: 4 })),
  filesystem: fc.oneof(
    fc.constantFrom("none" as const, "read-only" as const, "read-write" as const),
    fc.record({ read: fc.array(folders, { maxLength: 3 }), write: fc.array(folders, { maxLength: 3 }) }),
  ),
  exec: fc.array(programs),
  secrets: fc.array(secrets),
  env: fc.array(names),
  services: fc.array(names),
  events: fc.record({ publish: fc.array(subjects), subscribe: fc.array(subjects) }),
});

describe("resolveGrant, for every pair of asked and allowed", () => {
  /** What a grant holds of a fixed set of things a plugin might try. */
  function holds(grant: Grant): string[] {
    const rules = networkRules({ network: grant.network, configuredHosts: [] });
    const targets = ["a.example.org", "b.example.org", "other.net", "127.0.0.1"].flatMap((host) =>
      [80, 81].map((port) => ({ host, port })),
    );
    const uses: [string, NetworkUse][] = [
      ["connect", "connection"],
      ...["GET", "POST", "PUT"].flatMap((method) =>
        ["/", "/v1/items", "/v1/a/b", "/v2/items"].map((path): [string, NetworkUse] => [
          `${method} ${path}`,
          { method, path },
        ]),
      ),
    ];
    const commands = [["git"], ["git", "log"], ["git", "log", "--all"], ["git", "push", "--all"], ["sh", "-c", "x"]];
    const held = grant.secrets.map((text) => parseSecretEntry(text)!);
    const paths = ["/", "/a", "/a/b/z", "/abc", "/work/x", "/y"];
    const tried = ["a", "a.b", "a.c", "c.b", "a.b.c"];
    return [
      ...targets.flatMap((target) =>
        uses
          .filter(([, use]) => !("refused" in findDestination(rules, target, use)))
          .map(([name]) => `network ${name} ${target.host}:${target.port}`),
      ),
      ...paths.filter((path) => grant.read.some((folder) => isInFolder(path, folder))).map((path) => `read ${path}`),
      ...paths.filter((path) => grant.write.some((folder) => isInFolder(path, folder))).map((path) => `write ${path}`),
      ...tried.filter((subject) => grant.publish.some((to) => subjectCovers(to, subject))).map((s) => `publish ${s}`),
      ...tried
        .filter((subject) => grant.subscribe.some((to) => subjectCovers(to, subject)))
        .map((s) => `subscribe ${s}`),
      ...commands
        .filter(([program, ...args]) => grant.exec.some((text) => matchesExec(parseExecEntry(text)!, program!, args)))
        .map((command) => `exec ${command.join(" ")}`),
      ...held.filter(({ hosts }) => hosts === undefined).map(({ name }) => `secrets ${name}`),
      ...held.flatMap((entry) =>
        targets.filter((to) => isSecretFor(entry, to)).map((to) => `send ${entry.name} ${to.host}:${to.port}`),
      ),
      ...grant.env.map((name) => `env ${name}`),
      ...grant.services.map((name) => `services ${name}`),
    ];
  }

  test("the grant holds exactly what was asked and allowed [RPT-44]", () => {
    // A plugin that asks for any host asks for what only the operator can name, too.
    const isAnyAsked = (asked: Permissions, held: string): boolean =>
      held.startsWith("network ") &&
      (asked.network === true ||
        (Array.isArray(asked.network) && asked.network.some((entry) => entry === "*" || entry === "POST *")));
    fc.assert(
      fc.property(permissions, permissions, (asked, allowed) => {
        const granted = holds(grantOf(asked, allowed));
        const wanted = new Set(holds(grantOf(asked, "asked")));
        const given = new Set(holds(grantOf(allowed, "asked")));
        for (const held of granted) {
          expect(given).toContain(held);
          expect(wanted.has(held) || isAnyAsked(asked, held)).toBe(true);
        }
        const missed = [...wanted].filter((held) => given.has(held) && !granted.includes(held));
        expect(missed).toEqual([]);
      }),
      { numRuns: 1_000 },
    );
  });

  test("allowing the grant itself changes nothing", () => {
    fc.assert(
      fc.property(permissions, permissions, (asked, allowed) => {
        const grant = grantOf(asked, allowed);
        const again: OperatorGrant = {
          network: [...grant.network],
          filesystem: { read: [...grant.read], write: [...grant.write] },
          exec: [...grant.exec],
          secrets: [...grant.secrets],
          env: [...grant.env],
          services: [...grant.services],
          events: { publish: [...grant.publish], subscribe: [...grant.subscribe] },
        };
        expect(new Set(holds(grantOf(asked, again)))).toEqual(new Set(holds(grant)));
      }),
    );
  });

  test("nothing is missing without being listed", () => {
    fc.assert(
      fc.property(permissions, permissions, (asked, allowed) => {
        const { grant, withheld } = resolveGrant(asked, allowed, base);
        if (withheld.length > 0) return;
        const wanted = new Set(holds(grantOf(asked, "asked")));
        expect([...wanted].filter((held) => !holds(grant).includes(held))).toEqual([]);
      }),
    );
  });
});

describe("bindGrant", () => {
  const bind = (grant: Partial<Grant>, config: Parameters<typeof bindGrant>[1]) =>
    bindGrant({ ...NO_GRANT, ...grant }, config, base);

  test.each([
    ["https://nas.example:5001/feed?x=1", ["nas.example:5001"]],
    ["https://nas.example/feed", ["nas.example"]],
    ["http://10.0.0.5:8123", ["10.0.0.5:8123"]],
    ["http://[::1]:9000/", ["[::1]:9000"]],
    ["http://user:pass@nas.example/", ["nas.example"]],
    ["nas.example:5001", ["nas.example:5001"]],
  ])("fills the host of %s in", (url, expected) => {
    expect(bind({ network: ["config:url", "a.org"] }, { url }).grant).toMatchObject({
      network: ["a.org"],
      configuredHosts: expected,
    });
  });

  test.each(["*", "*.example.org", "ftp://a.org/", "not an address", "a/b"])("takes %j for no host", (url) => {
    const { grant, withheld } = bind({ network: ["config:url"] }, { url });
    expect(grant.configuredHosts).toEqual([]);
    expect(withheld).toEqual([
      { permission: "network", entry: "config:url", reason: expect.stringContaining("neither") },
    ]);
  });

  test("fills paths in, relative to the working folder, never the code folder for writing", () => {
    const { grant, withheld } = bind(
      { read: ["config:folder", "/srv"], write: ["config:out"] },
      { folder: "pictures", out: "plugins/weather/x" },
    );
    expect(grant).toMatchObject({ read: ["/srv", "/work/pictures"], write: [] });
    expect(withheld).toHaveLength(1);
  });

  test("follows names into objects and lists", () => {
    const config = { feeds: [{ url: "https://a.org/" }, { url: "https://b.org/" }, { other: 1 }], hosts: ["c.org", 7] };
    const { grant } = bind({ network: ["config:feeds.url", "config:hosts"] }, config);
    expect(grant.configuredHosts).toEqual(["a.org", "b.org", "c.org"]);
    expect(grant.configuredFrom?.get("c.org")).toBe("config:hosts");
  });

  test.each(["config:missing", "config:__proto__", "config:constructor.name", "config:toString", "config:"])(
    "grants nothing for %s",
    (entry) => {
      const { grant } = bind({ network: [entry], read: [entry], write: [entry] }, { url: "https://a.org/" });
      expect(grant).toEqual({ ...NO_GRANT, configuredHosts: [], configuredFrom: new Map() });
    },
  );
});
