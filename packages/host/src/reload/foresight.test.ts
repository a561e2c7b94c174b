import { setImmediate as turn } from "node:timers/promises";
import type { PlacedCode } from "@berth/kernel/runner";
import { expect, test } from "vitest";
import { Foresight, type ForesightOptions } from "./foresight.ts";

test("Foresight looks at what a plugin that serves will be asked, once at a time", async () => {
  const { foresight, begun, gate } = setUp();
  await using _foresight = foresight;
  foresight.begin("weather");
  foresight.begin("weather");
  foresight.begin("resting");
  foresight.begin("gone");
  await turn();
  await turn();
  expect(begun).toEqual(["runner /weather src/plugin.ts", "modules /weather src/plugin.ts sha256:1"]);
  gate.resolve();
  await turn();
  foresight.begin("weather");
  await turn();
  await turn();
  expect(begun).toHaveLength(4);
});

test("Foresight lets changes of many plugins at once be", async () => {
  const { foresight, begun, gate } = setUp();
  await using _foresight = foresight;
  for (let number = 1; number <= 10; number++) foresight.begin(`plugin ${number}`);
  gate.resolve();
  expect(begun).toHaveLength(4);
});

test("Foresight keeps to itself that something is wrong", async () => {
  const { foresight, begun, gate } = setUp();
  await using _foresight = foresight;
  foresight.begin("weather");
  gate.reject(new Error("no"));
  await turn();
  await turn();
  foresight.begin("weather");
  expect(begun.filter((one) => one.startsWith("runner"))).toHaveLength(2);
});

test("Foresight gives up what is under way when it is disposed of, waits for it, and begins nothing more", async () => {
  const { foresight, begun, gate, signals } = setUp();
  foresight.begin("weather");
  await turn();
  await turn();
  let isOver = false;
  const disposing = foresight[Symbol.asyncDispose]().then(() => (isOver = true));
  await turn();
  expect({ isOver, isAborted: signals[0]!.aborted }).toEqual({ isOver: false, isAborted: true });
  gate.resolve();
  await disposing;
  foresight.begin("weather");
  await turn();
  expect(begun).toHaveLength(2);
});

/** What is begun goes on until the gate opens. */
function setUp() {
  const gate = Promise.withResolvers<void>();
  gate.promise.catch(() => undefined);
  const begun: string[] = [];
  const signals: AbortSignal[] = [];
  const runner = {
    foresee: ({ folder, entry }: PlacedCode) => (begun.push(`runner ${folder} ${entry}`), Promise.resolve()),
  };
  const manifest = { runtime: { type: "node", entry: "src/plugin.ts" } };
  const directory = {
    has: (name: string) => name !== "gone",
    get: (name: string) => ({
      ...(name === "resting" ? {} : { serving: { digest: "sha256:1" } }),
      manifest,
      code: { runner },
    }),
    sourceOf: (name: string) => ({ folder: `/${name}` }),
  } as unknown as ForesightOptions["directory"];
  const versions: ForesightOptions["versions"] = {
    foresee: ({ folder }, entry, since, signal) => {
      begun.push(`modules ${folder} ${entry} ${since}`);
      signals.push(signal);
      return gate.promise;
    },
  };
  return { foresight: new Foresight({ directory, versions }), begun, gate, signals };
}
