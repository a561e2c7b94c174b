import fc from "fast-check";
import { expect, test } from "vitest";
import { canStartAfter, fits, GraphModel, hasConflict } from "./graph-model.ts";
import type { GraphInput, GraphPlugin } from "./graph-plugin.ts";
import { type GraphSolution, solveGraph } from "./solve-graph.ts";

const NAMES = ["ada", "bob", "cyd", "dee"];
const SERVICES = ["mail", "maps"];

const range = fc.constantFrom("*", "^1.0.0", "^2.0.0", ">=1.1.0", "<1.1.0", "3.x");
const ranges = (most: number): fc.Arbitrary<Record<string, string>> =>
  fc.dictionary(fc.constantFrom(...NAMES), range, { maxKeys: most, noNullPrototype: true });
const services = fc.subarray(SERVICES, { maxLength: 1 });

const plugin = (most: { conflicts: number }): fc.Arbitrary<GraphPlugin> =>
  fc
    .record({
      name: fc.constantFrom(...NAMES),
      version: fc.constantFrom("1.0.0", "1.1.0", "2.0.0", "2.1.0-beta"),
      layer: fc.constantFrom(0, 0, 0, 1),
      services,
      requires: ranges(2),
      optional: ranges(1),
      conflicts: ranges(most.conflicts),
      needs: services,
    })
    .map(({ requires, optional, conflicts, needs, name, ...rest }) => {
      const other = (asked: Record<string, string>): Record<string, string> =>
        Object.fromEntries(Object.entries(asked).filter(([asked]) => asked !== name));
      const [required, excluded] = [other(requires), other(conflicts)];
      for (const both of Object.keys(required)) delete excluded[both];
      return {
        ...rest,
        name,
        dependencies: { requires: required, optional: other(optional), conflicts: excluded, services: needs },
      };
    });

const graph = (most: { conflicts: number }): fc.Arbitrary<GraphInput> =>
  fc
    .record({
      plugins: fc.uniqueArray(plugin(most), { maxLength: 9, selector: ({ name, version }) => `${name} ${version}` }),
      wanted: fc.shuffledSubarray(NAMES, { minLength: 1 }),
    })
    .map(({ plugins, wanted }) => ({
      plugins,
      wanted,
      host: "1.0.0",
      node: "26.0.0",
      hostServices: [],
      hasProgram: () => true,
    }));

/** Holds a solution against what was asked. @returns the names that run. */
function soundly({ wanted }: GraphInput, { active, problems }: GraphSolution): string[] {
  const started = new Set<GraphPlugin>();
  for (const { plugin: one, requires, services: bound, optional } of active) {
    expect(canStartAfter(one, started)).toBe(true);
    for (const provider of [...requires, ...bound.values()]) expect(started).toContain(provider);
    const asked = Object.entries(one.dependencies.requires ?? {});
    expect(requires.map(({ name }) => name)).toEqual(asked.map(([name]) => name));
    asked.forEach(([name, wish], at) => expect(fits(requires[at]!, name, wish)).toBe(true));
    expect([...bound.keys()]).toEqual(one.dependencies.services);
    for (const [service, provider] of bound) expect(provider.services).toContain(service);
    for (const used of optional) expect(fits(used, used.name, one.dependencies.optional![used.name]!)).toBe(true);
    started.add(one);
  }
  expect(started.size).toBe(active.length);
  expect(hasConflict(started)).toBe(false);
  const running = wanted.filter((name) => active.some(({ plugin: one, isDefault }) => isDefault && one.name === name));
  expect(wanted.filter((name) => !running.includes(name))).toEqual([...new Set(problems.map((one) => one.plugin))]);
  for (const { code, message, chains, fix } of problems) {
    expect({ code, message }).toEqual({
      code: expect.stringMatching(/^DEPENDENCY_(MISSING|CONFLICT|CYCLE)$/) as string,
      message: expect.stringMatching(/^Cannot use plugin "\w+": /) as string,
    });
    expect(chains.length).toBeGreaterThan(0);
    expect(fix.text).not.toBe("");
  }
  return running;
}

test("solveGraph takes what can run, in order, within all ranges, and leaves out only what cannot [OPS-12, OPS-14, OPS-48, BWK-38]", () => {
  fc.assert(
    fc.property(graph({ conflicts: 0 }), (input) => {
      expect(soundly(input, solveGraph(input))).toEqual(new GraphModel(input.plugins).taken(input.wanted));
    }),
    { numRuns: 400 },
  );
});

test("solveGraph lets no two run that conflict, and takes by importance whatever goes together [OPS-13, OPS-49]", () => {
  fc.assert(
    fc.property(graph({ conflicts: 2 }), (input) => {
      expect(soundly(input, solveGraph(input))).toEqual(new GraphModel(input.plugins).taken(input.wanted));
    }),
    { numRuns: 400 },
  );
});

test("solveGraph runs nothing that nobody wants or is bound to, and binds without need to no lower version [OPS-14]", () => {
  fc.assert(
    fc.property(graph({ conflicts: 0 }), (input) => {
      const { active } = solveGraph(input);
      const used = new Set(active.flatMap(({ requires, services: bound }) => [...requires, ...bound.values()]));
      for (const { plugin: one, isDefault } of active) {
        expect(used.has(one) || (isDefault && input.wanted.includes(one.name))).toBe(true);
      }
      // A version that needs nothing can be bound to by all: whoever has a worse one of it was not given the best.
      for (const { plugin: one, requires } of active) {
        for (const bound of requires) {
          const free = input.plugins.filter(
            (other) =>
              fits(other, bound.name, one.dependencies.requires![bound.name]!) && canStartAfter(other, new Set()),
          );
          for (const other of free) expect(isBetter(other, bound)).toBe(false);
        }
      }
    }),
    { numRuns: 400 },
  );
});

function isBetter(a: GraphPlugin, b: GraphPlugin): boolean {
  const key = ({ layer, version }: GraphPlugin): string => `${9 - layer}${version.includes("-") ? 0 : 1}${version}`;
  return key(a) > key(b);
}
