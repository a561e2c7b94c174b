import type { Manifest } from "@berth/contract";
import { describe, expect, test } from "vitest";
import type { GraphInput, GraphPlugin } from "./graph-plugin.ts";
import { type GraphSolution, solveGraph } from "./solve-graph.ts";

function plugin(
  nameAndVersion: string,
  dependencies: Manifest["dependencies"] = {},
  about: Partial<GraphPlugin> = {},
): GraphPlugin {
  const [name, version = "1.0.0"] = nameAndVersion.split(" ") as [string, string?];
  return { name, version, layer: 0, dependencies, services: [], ...about };
}

function solve(plugins: readonly GraphPlugin[], about: Partial<GraphInput> = {}): GraphSolution {
  return solveGraph({
    plugins,
    wanted: plugins.map(({ name }) => name),
    host: "1.4.0",
    node: "26.1.0",
    hostServices: ["machine"],
    hasProgram: (name) => name === "git",
    ...about,
  });
}

const shown = ({ name, version }: GraphPlugin): string => `${name} ${version}`;
const order = ({ active }: GraphSolution): string[] => active.map((one) => shown(one.plugin));

function bound({ active }: GraphSolution, name: string): object {
  const { requires, optional, services, absent } = active.find((one) => one.plugin.name === name)!;
  return {
    requires: requires.map(shown),
    optional: optional.map(shown),
    services: Object.fromEntries([...services].map(([service, provider]) => [service, shown(provider)])),
    absent,
  };
}

describe("what runs", () => {
  test("solveGraph takes everything in the order it is wanted when nobody asks for anything", () => {
    expect(order(solve([plugin("weather"), plugin("stock"), plugin("news")]))).toEqual([
      "weather 1.0.0",
      "stock 1.0.0",
      "news 1.0.0",
    ]);
  });

  test("solveGraph starts providers first [OPS-12, BWK-38]", () => {
    const solution = solve([
      plugin("page", { requires: { chart: "^1", store: "*" } }),
      plugin("chart", { requires: { store: "^1" } }),
      plugin("store"),
    ]);
    expect(order(solution)).toEqual(["store 1.0.0", "chart 1.0.0", "page 1.0.0"]);
  });

  test("solveGraph runs several versions side by side, each dependent on the highest that fits [OPS-14]", () => {
    const solution = solve([
      plugin("old", { requires: { chart: "^1" } }),
      plugin("new", { requires: { chart: ">=1.1" } }),
      plugin("chart 1.2.0"),
      plugin("chart 2.0.0"),
      plugin("chart 1.3.0"),
      plugin("chart 3.0.0-beta.1"),
    ]);
    expect(order(solution)).toEqual(["chart 1.3.0", "old 1.0.0", "chart 2.0.0", "new 1.0.0"]);
    expect(solution.active.filter(({ isDefault }) => isDefault).map((one) => shown(one.plugin))).toContain(
      "chart 2.0.0",
    );
    expect(solution.problems).toEqual([]);
  });

  test("solveGraph prefers the version of the first root to a higher one of the next, as long as it fits", () => {
    const mine = plugin("chart 1.0.0");
    const theirs = plugin("chart 9.0.0", {}, { layer: 1 });
    expect(order(solve([mine, theirs, plugin("page", { requires: { chart: "*" } })]))).toEqual([
      "chart 1.0.0",
      "page 1.0.0",
    ]);
    expect(order(solve([mine, theirs, plugin("page", { requires: { chart: "^9" } })]))).toContain("chart 9.0.0");
  });

  test("solveGraph binds services to whoever provides them, the host first [OPS-12]", () => {
    const solution = solve([
      plugin("page", { services: ["metrics", "machine"] }),
      plugin("prometheus", {}, { services: ["metrics", "machine"] }),
      plugin("statsd", {}, { services: ["metrics"] }),
    ]);
    expect(bound(solution, "page")).toMatchObject({ services: { metrics: "prometheus 1.0.0" } });
    expect(order(solution)).toEqual(["prometheus 1.0.0", "page 1.0.0", "statsd 1.0.0"]);
  });

  test("solveGraph binds an optional plugin where it is there, after it if need be, and goes on without", () => {
    const solution = solve([
      plugin("page", { optional: { chart: "^1", maps: "^2", ghost: "*" } }),
      plugin("chart", { requires: { page: "*" } }),
      plugin("maps 1.0.0"),
    ]);
    expect(order(solution)).toEqual(["page 1.0.0", "chart 1.0.0", "maps 1.0.0"]);
    expect(bound(solution, "page")).toMatchObject({
      optional: ["chart 1.0.0"],
      absent: [
        { name: "maps", range: "^2" },
        { name: "ghost", range: "*" },
      ],
    });
  });

  test("solveGraph takes a lower version where the higher would lead in a circle", () => {
    const solution = solve([
      plugin("ada 1.0.0"),
      plugin("ada 2.0.0", { requires: { bob: "*" } }),
      plugin("bob", { requires: { ada: "*" } }),
    ]);
    expect(order(solution)).toEqual(["ada 1.0.0", "bob 1.0.0", "ada 2.0.0"]);
  });

  test("solveGraph takes a lower version that conflicts with nothing [OPS-13]", () => {
    const solution = solve([
      plugin("page", { conflicts: { chart: "^2" } }),
      plugin("chart 1.0.0"),
      plugin("chart 2.0.0"),
    ]);
    expect(order(solution)).toEqual(["page 1.0.0", "chart 1.0.0"]);
    expect(solution.problems).toEqual([]);
  });

  test("solveGraph comes to an end, and to a sound one, where conflicts are too many to try all ways [OPS-13]", () => {
    const names = Array.from({ length: 40 }, (_, at) => `plugin-${String(at).padStart(2, "0")}`);
    const plugins = names.flatMap((name, at) =>
      ["1.0.0", "2.0.0", "3.0.0"].map((version) =>
        plugin(`${name} ${version}`, { conflicts: { [names[(at + 1) % 40]!]: "*", [names[(at + 7) % 40]!]: "^3" } }),
      ),
    );
    const solution = solve(plugins);
    const running = new Set(solution.active.map((one) => one.plugin.name));
    names.forEach((name, at) => {
      if (running.has(name)) expect(running).not.toContain(names[(at + 1) % 40]);
    });
    expect(running.size + solution.problems.length).toBe(40);
  });
});

const ENABLE = { do: "enable", plugin: "store", text: "Enable it" } as const;

/** What is said of each plugin that is left out. */
const said = ({ problems }: GraphSolution): [string, string][] => problems.map((one) => [one.message, one.fix.text]);

describe("what does not run is explained", () => {
  test("solveGraph names the two chains that disagree, and one fix [OPS-12, BWK-39]", () => {
    const solution = solve([
      plugin("app", { requires: { ann: "*", bob: "*" } }),
      plugin("ann 1.2.0", { requires: { cyd: "^1" } }),
      plugin("bob 2.0.0", { requires: { cyd: "^2" } }),
      plugin("cyd 1.4.0"),
    ]);
    expect(order(solution)).toEqual(["cyd 1.4.0", "ann 1.2.0"]);
    expect(solution.problems[0]).toEqual({
      kind: "missing-version",
      code: "DEPENDENCY_MISSING",
      plugin: "app",
      message:
        'Cannot use plugin "app": of "cyd" there is only 1.4.0, which fits app -> ann 1.2.0 -> cyd ^1 and not app -> bob 2.0.0 -> cyd ^2',
      chains: [
        ["app", "bob 2.0.0", "cyd ^2"],
        ["app", "ann 1.2.0", "cyd ^1"],
      ],
      fix: {
        do: "install",
        plugin: "cyd",
        range: "^2",
        text: 'Install "cyd" within ^2; it runs beside 1.4.0',
      },
    });
    expect(solution.problems.map((one) => one.plugin)).toEqual(["app", "bob"]);
  });

  test("solveGraph names what is not there, and what was meant [OPS-48]", () => {
    const solution = solve(
      [
        plugin("app", { requires: { char: "^2" }, services: ["metric"] }),
        plugin("chart", {}, { services: ["metrics"] }),
        plugin("page", { requires: { store: "*" } }),
      ],
      { wanted: ["app", "page", "sound"], unusable: new Map([["store", { why: "is disabled", fix: ENABLE }]]) },
    );
    expect(said(solution)).toEqual([
      [
        'Cannot use plugin "app": no plugin is named "char" (app -> char ^2); did you mean "chart"?',
        'Install "char" within ^2',
      ],
      [
        'Cannot use plugin "app": nobody provides the service "metric" (app -> service metric); did you mean "metrics"?',
        'Install a plugin that provides the service "metric"',
      ],
      ['Cannot use plugin "page": plugin "store" is disabled (page -> store *)', ENABLE.text],
      ['Cannot use plugin "sound": no plugin is named "sound"', 'Install "sound"'],
    ]);
  });

  test("solveGraph names all members of a circle in order, for each of them and who needs them [OPS-12]", () => {
    const solution = solve([
      plugin("app", { requires: { ann: "*" } }),
      plugin("ann", { requires: { bob: "*" } }),
      plugin("bob", { requires: { cyd: "^1" } }),
      plugin("cyd", { services: ["mail"] }),
      plugin("dee", { requires: { ann: "*" } }, { services: ["mail"] }),
    ]);
    expect(solution.active).toEqual([]);
    expect(solution.problems.map(({ code, plugin: name, members }) => [code, name, members])).toEqual([
      ["DEPENDENCY_CYCLE", "app", ["ann 1.0.0", "bob 1.0.0", "cyd 1.0.0", "dee 1.0.0"]],
      ["DEPENDENCY_CYCLE", "ann", ["ann 1.0.0", "bob 1.0.0", "cyd 1.0.0", "dee 1.0.0"]],
      ["DEPENDENCY_CYCLE", "bob", ["bob 1.0.0", "cyd 1.0.0", "dee 1.0.0", "ann 1.0.0"]],
      ["DEPENDENCY_CYCLE", "cyd", ["cyd 1.0.0", "dee 1.0.0", "ann 1.0.0", "bob 1.0.0"]],
      ["DEPENDENCY_CYCLE", "dee", ["dee 1.0.0", "ann 1.0.0", "bob 1.0.0", "cyd 1.0.0"]],
    ]);
    expect(said(solution)[0]).toEqual([
      'Cannot use plugin "app": ann 1.0.0 -> bob 1.0.0 -> cyd 1.0.0 -> dee 1.0.0 -> ann 1.0.0 is a circle, so none of them can start first (app -> ann 1.0.0 -> bob 1.0.0 -> cyd 1.0.0 -> dee 1.0.0)',
      'In the manifest of "dee", move "ann" from [dependencies.requires] to [dependencies.optional]',
    ]);
  });

  test("solveGraph says of a circle of services which is to be taken out", () => {
    const solution = solve([
      plugin("ann", { services: ["maps"] }, { services: ["mail"] }),
      plugin("bob", { services: ["mail"] }, { services: ["maps"] }),
    ]);
    expect(solution.problems[0]?.fix.text).toBe(
      'In the manifest of "bob", take the service "mail" out of dependencies.services',
    );
  });

  test("solveGraph says which two exclude each other and how both came in; the more important stays [OPS-13, OPS-49]", () => {
    const solution = solve([
      plugin("app", { requires: { ann: "^1" } }),
      plugin("ann", { conflicts: { cyd: "^2" } }),
      plugin("bob", { requires: { cyd: "^2" } }),
      plugin("cyd 2.0.0"),
      plugin("eve"),
    ]);
    expect(order(solution)).toEqual(["ann 1.0.0", "app 1.0.0", "eve 1.0.0"]);
    expect(solution.problems[0]).toMatchObject({ kind: "conflict", code: "DEPENDENCY_CONFLICT", plugin: "bob" });
    expect(said(solution)).toEqual([
      [
        'Cannot use plugin "bob": ann 1.0.0 cannot run beside cyd ^2, and both are asked for: ann and bob -> cyd 2.0.0',
        'Disable "ann" if you would rather have "bob"',
      ],
      [
        'Cannot use plugin "cyd": ann 1.0.0 cannot run beside cyd ^2, and both are asked for: ann and cyd',
        'Disable "ann" if you would rather have "cyd"',
      ],
    ]);
  });

  test("solveGraph says of a plugin whose own parts exclude each other that another version is needed", () => {
    const solution = solve([
      plugin("app", { requires: { ann: "*", bob: "*" } }),
      plugin("ann", { conflicts: { bob: "*" } }),
      plugin("bob"),
    ]);
    expect(said(solution)[0]).toEqual([
      'Cannot use plugin "app": ann 1.0.0 cannot run beside bob *, and both are asked for: app -> ann 1.0.0 and app -> bob 1.0.0',
      'Install a version of "ann" that can run beside bob 1.0.0',
    ]);
    expect(order(solution)).toEqual(["ann 1.0.0"]);
  });

  test("solveGraph leaves out what this host, this Node.js or this machine is not for, and takes another version [BWK-39, OPS-78, RPT-85]", () => {
    const solution = solve([
      plugin("old", { host: "^0.3" }),
      plugin("new", { host: ">=2" }),
      plugin("node", { node: ">=30 <40" }),
      plugin("tool", { external_deps: ["git", "ffmpeg"] }),
      plugin("user", { requires: { tool: "*" } }),
      plugin("two 1.0.0"),
      plugin("two 2.0.0", { host: ">=2" }),
    ]);
    expect(order(solution)).toEqual(["two 1.0.0"]);
    expect(said(solution)).toEqual([
      [
        'Cannot use plugin "old": it asks for Berth ^0.3, this is 1.4.0',
        'Install a version of "old" that works with Berth 1.4.0',
      ],
      ['Cannot use plugin "new": it asks for Berth >=2, this is 1.4.0', "Update Berth to a version within >=2"],
      [
        'Cannot use plugin "node": it asks for Node.js >=30 <40, this is 26.1.0',
        "Update Node.js to a version within >=30 <40",
      ],
      [
        'Cannot use plugin "tool": it needs the program "ffmpeg", which is not on this machine',
        'Install the program "ffmpeg"',
      ],
      [
        'Cannot use plugin "user": tool 1.0.0 needs the program "ffmpeg", which is not on this machine (user -> tool 1.0.0)',
        'Install the program "ffmpeg"',
      ],
    ]);
    expect(solution.problems.map(({ code }) => code)).toEqual([
      "PLUGIN_INCOMPATIBLE",
      "PLUGIN_INCOMPATIBLE",
      "PLUGIN_INCOMPATIBLE",
      "DEPENDENCY_MISSING",
      "DEPENDENCY_MISSING",
    ]);
  });
});
