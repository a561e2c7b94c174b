import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { readCpuProfile } from "./cpu-profile.ts";
import { flamePage } from "./flame-page.ts";
import { flameTree } from "./flame-tree.ts";
import { topFrames } from "./top-frames.ts";

const GUEST = "file:///berth/guest.mjs";
const ABOUT = { plugin: "stock", version: "1.0.0", tier: "process", generation: 1, at: 0, seconds: 1 };

function node(id: number, functionName: string, url: string, children: number[] = []): object {
  const callFrame = { functionName, scriptId: "1", url, lineNumber: 0, columnNumber: 0 };
  return { id, hitCount: 0, callFrame, children };
}

const NODES = [
  node(1, "(root)", "", [2, 3, 7, 8]),
  node(2, "(idle)", ""),
  node(3, "serve", GUEST, [4]),
  node(4, "burn", "file:///plugin/src/plugin.ts", [5, 6]),
  node(5, "parse", "file:///plugin/node_modules/ini/index.js"),
  node(6, "sqrt", "node:internal/util"),
  node(7, "(garbage collector)", ""),
  node(8, "startCpuProfile", "node:v8"),
];

function profile(nodes: object[] = NODES, samples = [8, 2, 4, 4, 5, 6, 3, 7, 2]): string {
  // The first is the time from the start to the first sample.
  const timeDeltas = samples.map(() => 1_000);
  return JSON.stringify({ nodes, startTime: 0, endTime: samples.length * 1_000, samples, timeDeltas });
}

describe("flameTree", () => {
  test("tells whose time it is, waiting apart, and counts each sample until the next [BWK-12]", () => {
    const tree = flameTree(readCpuProfile(profile(), GUEST));
    expect({ activeUs: tree.activeUs, samples: tree.samples }).toEqual({ activeUs: 6_000, samples: 9 });
    expect(topFrames(tree, 10).map(({ name, kind, place, selfUs }) => [name, kind, place, selfUs])).toEqual([
      ["burn", "own", "src/plugin.ts:1:1", 2_000],
      ["serve", "guest", "berth:guest:1:1", 1_000],
      ["parse", "package", "node_modules/ini/index.js:1:1", 1_000],
      ["sqrt", "node", "node:internal/util:1:1", 1_000],
      ["(garbage collector)", "engine", "", 1_000],
    ]);
    expect(tree.nodes.map(([parent, frame]) => [parent, tree.frames[frame]!.name])).toEqual([
      [-1, "serve"],
      [0, "burn"],
      [1, "parse"],
      [1, "sqrt"],
      [-1, "(garbage collector)"],
    ]);
  });

  test("loses no time, whatever the tree: what is too thin is its caller's [BWK-12]", () => {
    fc.assert(
      fc.property(
        fc.array(fc.nat(), { minLength: 1, maxLength: 200 }),
        fc.array(fc.nat(), { minLength: 1, maxLength: 300 }),
        (parents, picks) => {
          const children = parents.map(() => [] as number[]);
          parents.forEach((pick, i) => i > 0 && children[pick % i]!.push(i + 1));
          const nodes = parents.map((_, i) => node(i + 1, i === 0 ? "(root)" : `f${i}`, "file:///x.js", children[i]));
          const samples = picks.map((pick) => (pick % parents.length) + 1).filter((id) => id !== 1);
          const tree = flameTree(readCpuProfile(profile(nodes, samples), GUEST));
          const told = tree.nodes.reduce((sum, [, , selfUs]) => sum + selfUs, 0);
          expect(told).toBe(tree.activeUs);
          expect(tree.nodes.every(([parent], i) => parent < i)).toBe(true);
        },
      ),
    );
  });
});

describe("readCpuProfile", () => {
  const broken = (nodes: object[], samples?: number[]): (() => unknown) => {
    return () => readCpuProfile(profile(nodes, samples), GUEST);
  };

  test.each([
    ["no JSON", () => readCpuProfile("{", GUEST)],
    ["nothing in it", () => readCpuProfile("{}", GUEST)],
    ["no nodes", broken([], [])],
    ["two of one name", broken([node(1, "a", ""), node(1, "b", "")], [])],
    ["a child that is not there", broken([node(1, "a", "", [2])], [])],
    ["two parents", broken([node(1, "a", "", [2, 3]), node(2, "b", "", [3]), node(3, "c", "")], [])],
    ["a ring", broken([node(1, "a", ""), node(2, "b", "", [3]), node(3, "c", "", [2])], [])],
    ["a node of its own", broken([node(1, "a", ""), node(2, "b", "")], [])],
    ["a sample of nothing", broken([node(1, "a", "")], [2])],
  ])("refuses what is no profile: %s [BWK-12]", (_title, read) => {
    expect(read).toThrow(expect.objectContaining({ code: "PROTOCOL_BROKEN" }));
  });
});

describe("flamePage", () => {
  test("says for how long a plugin that is held back was really looked at [BWK-12]", () => {
    const tree = flameTree(readCpuProfile(profile(), GUEST));
    expect(flamePage(tree, { ...ABOUT, seconds: 0.005 })).toMatch(/: [\d.]+ ms \(0\.005 s were asked for\), of which /);
    expect(flamePage(tree, ABOUT)).toContain(": 1 s, of which ");
  });

  test("lets no name of a plugin become markup, reach out, or write to a terminal [BWK-12]", () => {
    const hostile = [
      node(1, "(root)", "", [2]),
      node(2, '</script><script src="https://evil.example/x.js">\u001b[2J\u2028', 'file:///"><img onerror=alert(1)>'),
    ];
    const read = readCpuProfile(profile(hostile, [2, 2]), GUEST);
    const page = flamePage(flameTree(read), { ...ABOUT, plugin: "<b>&stock" });
    expect(page.match(/<\/script>/g)).toHaveLength(2);
    expect(page).not.toContain("<script src");
    expect(page).not.toContain("<img");
    for (const character of ["\u001b", "\u2028"]) expect(page).not.toContain(character);
    expect(page).toContain("<h1>Profile of &lt;b>&amp;stock 1.0.0</h1>");
    expect(page).toContain("default-src 'none'");
    const [, data] = /id="data">(.*?)<\/script>/s.exec(page)!;
    expect(JSON.parse(data!)).toMatchObject({ frames: [[expect.stringContaining("</script>"), expect.anything(), 0]] });
  });
});
