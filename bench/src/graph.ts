import type { Manifest } from "@berth/contract";
import { type GraphInput, type GraphPlugin, solveGraph } from "@berth/kernel/graph";
import Range from "semver/classes/range.js";
import SemVer from "semver/classes/semver.js";
import maxSatisfying from "semver/ranges/max-satisfying.js";
import { type BenchResult, type BenchRow, interleaved, runAlone } from "./frame.ts";

const ROUNDS = 9;
const PLUGINS = 500;
const VERSIONS = 10;
const NEEDS = 5;
const MOST_MS = 1_000;
/** Each plugin has 1.0 to 1.3, 2.4 to 2.7, 3.8 and 3.9. */
const RANGES = ["^1.0.0", "^1.2.0", "^2.4.0", "~2.5.0", ">=3.8.0", "^1.1.0 || ^2.0.0", "*"];

/**
 * 500 plugins of ten versions each, which ask for five others. The limit is what any way has to do: read each version and range once
 * and sort those that run. The peer is what semver alone gives: `maxSatisfying` for each thing asked, with no choice of what runs, no
 * word about what does not, and no conflicts.
 */
export async function run(): Promise<BenchResult> {
  const sound = inputOf(manyPlugins());
  const troubled = inputOf(withTroubles(manyPlugins()));
  const circular = inputOf(inCircles(manyPlugins()));
  const alone = inputOf(manyPlugins().map((plugin) => ({ ...plugin, dependencies: {} })));
  const ms = await interleaved(ROUNDS, {
    limit: () => timed(() => limit(sound)),
    peer: () => timed(() => peer(sound)),
    sound: () => timed(() => assertActive(sound, PLUGINS, 0)),
    troubled: () => timed(() => assertActive(troubled, 0, 50)),
    circular: () => timed(() => assertActive(circular, PLUGINS, 0)),
    alone: () => timed(() => assertActive(alone, PLUGINS, 0)),
  });
  const row = (name: string, value: number): BenchRow => {
    return { name, value, unit: "ms", ratio: value / ms.limit, target: "under 1 s", ok: value < MOST_MS };
  };
  return {
    title: `Graph of ${PLUGINS} plugins with ${PLUGINS * VERSIONS} versions that ask for ${PLUGINS * VERSIONS * NEEDS}`,
    rows: [
      { name: "limit: every version and range read once, what runs sorted", value: ms.limit, unit: "ms" },
      { name: "semver's maxSatisfying for everything asked", value: ms.peer, unit: "ms", ratio: ms.peer / ms.limit },
      row("solved, bound and in order", ms.sound),
      row("the same with 50 left out: missing, in circles, in conflict", ms.troubled),
      row("the same when every version but the first leads in circles", ms.circular),
      row("the same plugins when none asks for anything", ms.alone),
    ],
  };
}

function manyPlugins(): GraphPlugin[] {
  return Array.from({ length: PLUGINS * VERSIONS }, (_, at) => {
    const number = Math.floor(at / VERSIONS);
    const minor = at % VERSIONS;
    const version = `${1 + (minor >> 2)}.${minor}.${number % 7}`;
    return {
      name: nameOf(number),
      version,
      layer: 0,
      dependencies: { requires: needsOf(number, minor) },
      services: [],
    };
  });
}

/** Only of plugins with lower numbers, so that there are no circles. */
function needsOf(number: number, minor: number): Record<string, string> {
  const needs: Record<string, string> = {};
  for (let at = 1; at <= NEEDS && number >= at; at++) {
    needs[nameOf((number * 31 + at * 97 + minor) % number)] = RANGES[(number + at) % RANGES.length]!;
  }
  return needs;
}

const nameOf = (number: number): string => `plugin-${number}`;

/** Of the last 50 that are there 20 lack something, 15 are in circles and 15 exclude one of the first. */
function withTroubles(plugins: readonly GraphPlugin[]): GraphPlugin[] {
  return plugins.map((plugin, at) => {
    const number = Math.floor(at / VERSIONS);
    const place = number - (PLUGINS - 50);
    if (place < 0) return plugin;
    const requires = plugin.dependencies.requires!;
    const dependencies: Manifest["dependencies"] =
      place < 20
        ? { requires: { ...requires, ghost: "^1" } }
        : place < 35
          ? { requires: { ...requires, [nameOf(PLUGINS - 50 + 20 + ((place - 19) % 15))]: "*" } }
          : { requires, conflicts: { [nameOf(place)]: "*" } };
    return { ...plugin, dependencies };
  });
}

/** Only the first version of each asks for nothing; all others ask for any of plugins all around. */
function inCircles(plugins: readonly GraphPlugin[]): GraphPlugin[] {
  return plugins.map((plugin, at) => {
    const [number, minor] = [Math.floor(at / VERSIONS), at % VERSIONS];
    const others = Array.from(
      { length: NEEDS },
      (_, step) => (number + 1 + ((number * 7 + step * 101) % 400)) % PLUGINS,
    );
    const requires = Object.fromEntries(others.map((other) => [nameOf(other), "*"]));
    return { ...plugin, dependencies: minor === 0 ? {} : { requires } };
  });
}

function inputOf(plugins: readonly GraphPlugin[]): GraphInput {
  const wanted = [...new Set(plugins.map(({ name }) => name))];
  return { plugins, wanted, host: "1.0.0", node: "26.0.0", hostServices: [], hasProgram: () => true };
}

function assertActive(input: GraphInput, least: number, problems: number): void {
  const solution = solveGraph(input);
  if (solution.active.length < least || solution.problems.length !== problems) {
    throw new Error(`${solution.active.length} run and ${solution.problems.length} have problems`);
  }
}

function limit({ plugins }: GraphInput): void {
  const ranges = new Map<string, Range>();
  const versions = plugins.map(({ version }) => new SemVer(version));
  for (const { dependencies } of plugins) {
    for (const range of Object.values(dependencies.requires ?? {})) {
      if (!ranges.has(range)) ranges.set(range, new Range(range));
    }
  }
  const order = new Set<string>();
  const byName = new Map(plugins.map((plugin) => [plugin.name, plugin]));
  const visit = (name: string): void => {
    if (order.has(name)) return;
    for (const need of Object.keys(byName.get(name)!.dependencies.requires!)) visit(need);
    order.add(name);
  };
  for (const name of byName.keys()) visit(name);
  if (order.size !== PLUGINS || versions.length !== plugins.length) throw new Error("The limit is wrong");
}

function peer({ plugins }: GraphInput): void {
  const versions = Map.groupBy(plugins, ({ name }) => name);
  const listed = new Map([...versions].map(([name, all]) => [name, all.map(({ version }) => version)]));
  for (const { dependencies } of plugins) {
    for (const [name, range] of Object.entries(dependencies.requires ?? {})) maxSatisfying(listed.get(name)!, range);
  }
}

function timed(work: () => void): Promise<number> {
  const begun = performance.now();
  work();
  return Promise.resolve(performance.now() - begun);
}

if (import.meta.main) await runAlone(run);
