import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ask } from "../../test/ask-for-tests.ts";
import { differenceLines, moreInOneLine } from "./difference-lines.ts";
import { differenceOf, isSameAsk } from "./difference.ts";

const lines = (before: object, after: object, limits: [object, object] = [{}, {}]): string[] =>
  differenceLines(differenceOf(ask(before, limits[0]), ask(after, limits[1]))).map(
    ({ sign, text }) => `${sign} ${text}`,
  );

describe("differenceOf", () => {
  test.each<[string, object, object, string[]]>([
    ["a new host", { network: ["a.example"] }, { network: ["a.example", "b.example"] }, ["+ network b.example"]],
    [
      "a wider host",
      { network: ["a.example.org"] },
      { network: ["*.example.org"] },
      ["~ network *.example.org (was a.example.org)"],
    ],
    ["any host", { network: ["a.example"] }, { network: true }, ["~ network * (was a.example)"]],
    [
      "this machine beside any host",
      { network: true },
      { network: ["127.0.0.1:80"] },
      ["~ network 127.0.0.1:80 (was *)", "- network *, only 127.0.0.1:80"],
    ],
    [
      "another method",
      { network: ["GET a.example/v1"] },
      { network: ["DELETE a.example/v1"] },
      ["+ network DELETE a.example/v1", "- network GET a.example/v1"],
    ],
    [
      "more paths",
      { network: ["GET a.example/v1/items"] },
      { network: ["GET a.example/v1/*"] },
      ["~ network GET a.example/v1/* (was GET a.example/v1/items)"],
    ],
    [
      "another port",
      { network: ["a.example"] },
      { network: ["a.example:8080"] },
      ["+ network a.example:8080", "- network a.example"],
    ],
    [
      "a folder above",
      { filesystem: { read: ["/srv/a"] } },
      { filesystem: { read: ["/srv"] } },
      ["~ filesystem.read /srv (was /srv/a)"],
    ],
    [
      "writing where it read",
      { filesystem: { read: ["/srv"] } },
      { filesystem: { read: ["/srv"], write: ["/srv"] } },
      ["+ filesystem.write /srv"],
    ],
    ["any arguments", { exec: ["git log **"] }, { exec: ["git"] }, ["~ exec git (was git log **)"]],
    [
      "to see a secret it only had sent",
      { secrets: ["A -> a.example"] },
      { secrets: ["A"] },
      ["~ secrets A (was A -> a.example)"],
    ],
    ["a variable", {}, { env: ["LANG"] }, ["+ env LANG"]],
    [
      "more subjects",
      { events: { subscribe: ["run.*"] } },
      { events: { subscribe: [">"] } },
      ["~ events.subscribe > (was run.*)"],
    ],
    ["more of other plugins", { may: ["a.read"] }, { may: ["a.*"] }, ["~ may a.* (was a.read)"]],
    [
      "sockets of its own",
      { system_calls: ["time"] },
      { system_calls: ["time", "connect"] },
      ["+ system calls of the kind: sockets"],
    ],
    [
      "an end of the filter",
      { system_calls: ["time", "open"] },
      {},
      ["+ system calls of the kind: sockets", "+ system calls of the kind: programs"],
    ],
  ])("sees %s, and that it is more [RPT-146]", (_what, before, after, expected) => {
    expect(lines(before, after)).toEqual(expected);
    expect(differenceOf(ask(before), ask(after)).isMore).toBe(true);
  });

  test.each<[string, object, object, string[]]>([
    ["the same in other words", { network: ["A.example.", "b.example"] }, { network: ["b.example", "a.example"] }, []],
    ["less", { network: ["a.example"], exec: ["git"] }, { network: ["a.example"] }, ["- exec git"]],
    [
      "a part",
      { network: ["*.example.org"] },
      { network: ["a.example.org"] },
      ["- network *.example.org, only a.example.org"],
    ],
    ["a system call that needs nothing", { system_calls: ["time"] }, { system_calls: ["time", "clock_gettime"] }, []],
    ["a filter", {}, { system_calls: ["time"] }, []],
  ])("sees %s, and that it is no more", (_what, before, after, expected) => {
    expect(lines(before, after)).toEqual(expected);
    expect(differenceOf(ask(before), ask(after))).toMatchObject({ isMore: false });
  });

  test.each<[object, object, string[], boolean]>([
    [{}, { memory_mb: 512 }, ["~ limits.memory_mb 512 MiB of memory (was 256 MiB)"], true],
    [{}, { memory_mb: 256 }, [], false],
    [{ memory_mb: 512 }, {}, ["- limits.memory_mb 256 MiB of memory (was 512 MiB)"], false],
    [{ file_size_mb: 5 }, {}, ["~ limits.file_size_mb any in one file (was 5 MiB)"], true],
    [{}, { cpu_percent: 400 }, ["~ limits.cpu_percent 400 % of a processor core (was 10 %)"], true],
  ])("compares limits %j and %j, defaults filled in", (before, after, expected, isMore) => {
    expect(lines({}, {}, [before, after])).toEqual(expected);
    expect(differenceOf(ask({}, before), ask({}, after)).isMore).toBe(isMore);
  });

  test("of any ask with itself is none, and with less is no more", () => {
    fc.assert(
      fc.property(permissions, permissions, (one, other) => {
        expect(isSameAsk(differenceOf(ask(one), ask(one)))).toBe(true);
        expect(differenceOf(ask(together(one, other)), ask(one)).isMore).toBe(false);
      }),
    );
  });

  test("of more is more, exactly where the kernel would withhold something of it", async () => {
    const { resolveGrant } = await import("@berth/kernel/permissions");
    const base = { workingFolder: "/work/site", dataFolder: "/data", codeFolder: "/code" };
    fc.assert(
      fc.property(permissions, permissions, (before, after) => {
        const { withheld } = resolveGrant(after, before, base);
        expect(differenceOf(ask(before), ask(after)).isMore).toBe(withheld.length > 0);
      }),
      { numRuns: 500 },
    );
  });
});

test("moreInOneLine names what is more and nothing else, harmless", () => {
  const difference = differenceOf(
    ask({ network: ["a.example"], exec: ["git"] }),
    ask({ network: ["*"], secrets: ["A\u202E"] }, { memory_mb: 512, log_rate: 1 }),
  );
  expect(moreInOneLine(difference)).toBe("secrets A\\u202e; network *; limits.memory_mb 512 MiB");
});

const some = (...entries: string[]) => fc.uniqueArray(fc.constantFrom(...entries), { maxLength: 3 });
const permissions = fc.record({
  network: some("a.example", "*.example", "*", "GET a.example", "GET,POST a.example/v1/*", "127.0.0.1", "config:url"),
  exec: some("git", "git log **", "git log", "sh"),
  secrets: some("A", "A -> a.example", "A -> *.example"),
  env: some("LANG", "TZ"),
  filesystem: fc.record({ read: some("/srv", "/srv/a", "config:path"), write: some("/srv", "/tmp") }),
  may: some("*", "a.*", "a.b"),
  events: fc.record({ publish: some("a.*", "a.b", ">"), subscribe: some("b") }),
});

type Lists = typeof permissions extends fc.Arbitrary<infer T> ? T : never;

function together(one: Lists, other: Lists): Lists {
  const both = <T>(a: T[], b: T[]): T[] => [...new Set([...a, ...b])];
  return {
    network: both(one.network, other.network),
    exec: both(one.exec, other.exec),
    secrets: both(one.secrets, other.secrets),
    env: both(one.env, other.env),
    filesystem: {
      read: both(one.filesystem.read, other.filesystem.read),
      write: both(one.filesystem.write, other.filesystem.write),
    },
    may: both(one.may, other.may),
    events: {
      publish: both(one.events.publish, other.events.publish),
      subscribe: both(one.events.subscribe, other.events.subscribe),
    },
  };
}
