import { readFileSync } from "node:fs";
import { join } from "node:path";
import { isHostError } from "@berth/contract";
import fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import { capModule, readResources } from "../../src/wasm/component/core-module.ts";
import type { HostImports } from "../../src/wasm/component/evaluate.ts";
import { compileComponent, linkComponent } from "../../src/wasm/component/link-component.ts";
import { readComponent } from "../../src/wasm/component/read-component.ts";
import { shareMemory } from "../../src/wasm/component/share-memory.ts";
import { fromCore, fromText, worldText } from "./tools.ts";

const ECHO = join(import.meta.dirname, "../../../../examples/wasm/echo/echo.wat");
const NOTHING: HostImports = {
  open: () => ({
    func: (_, type) => ({ type, mayWait: false, call: () => undefined }),
    resource: (name) => ({ name, maker: undefined, drop: () => undefined }),
  }),
};

let echo: Uint8Array;
beforeAll(async () => {
  echo = await fromCore(readFileSync(ECHO, "utf8"), worldText(), "plugin");
});

/** Reads, compiles and links it; whatever goes wrong must be told as the component's own failure. */
async function tryAll(bytes: Uint8Array): Promise<"fine" | "refused"> {
  try {
    const file = readComponent(bytes);
    linkComponent(file, await compileComponent(file, 16), NOTHING);
    return "fine";
  } catch (error) {
    if (isHostError(error) && error.info.fault !== "host") return "refused";
    throw error;
  }
}

describe("whatever is done to the bytes of a component", () => {
  test("as it is, it is fine", async () => {
    expect(await tryAll(echo)).toBe("fine");
  });

  test("cut off anywhere it is refused, or is a shorter one", async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(echo.length - 1), async (length) => {
        expect(["fine", "refused"]).toContain(await tryAll(echo.subarray(0, length)));
      }),
      { numRuns: 150 },
    );
  });

  test("with other bytes here and there it is refused, or is another one", async () => {
    const changes = fc.array(fc.tuple(fc.nat(echo.length - 1), fc.nat(255)), { minLength: 1, maxLength: 4 });
    await fc.assert(
      fc.asyncProperty(changes, async (list) => {
        const bytes = Uint8Array.from(echo);
        for (const [at, byte] of list) bytes[at] = byte;
        expect(["fine", "refused"]).toContain(await tryAll(bytes));
      }),
      { numRuns: 500 },
    );
  });

  test.each([
    ["types that use each other twice, thirty times over", doubling(30)],
    ["components within components within components", nested(60)],
    ["components that instantiate each other twice, thirty times over", `(component ${twice(30)})`],
  ])("%s end", async (_, text) => {
    expect(await tryAll(await fromText(text))).toBe("refused");
  });
});

function doubling(times: number): string {
  const types = ['(type (record (field "a" u8)))'];
  for (let index = 0; index < times; index++) types.push(`(type (tuple ${index} ${index}))`);
  return `(component ${types.join("\n")})`;
}

function nested(depth: number): string {
  return `${"(component ".repeat(depth)}${")".repeat(depth)}`;
}

function twice(depth: number): string {
  if (depth === 0) return "(component)";
  return `(component ${twice(depth - 1)} (instance (instantiate 0)) (instance (instantiate 0))) (instance (instantiate 0)) (instance (instantiate 0))`;
}

describe("memory", () => {
  test("of a module ends at its cap, however it is made to grow", async () => {
    const bytes = await fromText('(module (memory (export "m") 1) (table (export "t") 2 funcref))');
    expect(readResources(bytes)).toEqual({
      memories: [{ min: 1, max: undefined }],
      tables: [{ min: 2, max: undefined }],
    });
    const { WebAssembly: engine } = globalThis as unknown as { WebAssembly: Engine };
    const module = await engine.compile(capModule(bytes, { memories: [3], tables: [4] }));
    const { m, t } = new engine.Instance(module, {}).exports;
    expect([m.grow(2), t.grow(2)]).toEqual([1, 2]);
    expect(() => m.grow(1)).toThrow(RangeError);
    expect(() => t.grow(1)).toThrow(RangeError);
  });

  test("of all modules together stays within the limit", () => {
    const of = (...mins: number[]) => ({ memories: mins.map((min) => ({ min, max: undefined })), tables: [] });
    const share = (modules: ReturnType<typeof of>[], mb: number) =>
      shareMemory(modules, mb).map(({ memories }) => memories);
    expect(share([of(20), of(0), of()], 4)).toEqual([[60], [4], []]);
    expect(share([of(62), of(1)], 4)).toEqual([[63], [1]]);
    expect(share([of(1)], 1)).toEqual([[16]]);
    expect(() => share([of(40), of(40)], 4)).toThrow("it starts with 5 MiB of memory, where limits.memory_mb allows 4");
  });
});

interface Engine {
  compile(bytes: Uint8Array): Promise<object>;
  Instance: new (module: object, imports: object) => { exports: Record<"m" | "t", { grow(by: number): number }> };
}
