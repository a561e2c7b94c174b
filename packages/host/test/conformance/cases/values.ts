import { expect } from "vitest";
import type { ConformanceCase } from "../conformance-case.ts";

/** Values that come back as they were sent. */
const ECHOED: Record<string, unknown> = {
  null: null,
  true: true,
  false: false,
  zero: 0,
  "a negative number": -17,
  "a fraction": 0.1,
  "the largest exact integer": Number.MAX_SAFE_INTEGER,
  "a very small number": 5e-324,
  "an empty text": "",
  "text of many scripts": "żółć 漢字 🙂 \u0000 \u2028",
  "text of a megabyte": "x".repeat(1_048_576),
  "an empty list": [],
  "an empty object": {},
  "nested lists": [[[[1]]], [], [[2, [3]]]],
  "an object with keys of all sorts": { "": 1, "a b": 2, $bytes: 3, constructor: 4, toString: 5 },
  "an object that looks like an encoding": { $bytes: "AAEC" },
  "an object that looks like a stream": { $stream: 4 },
  "an object that looks like nothing": { $undefined: true },
  "a thousand keys": Object.fromEntries(Array.from({ length: 1_000 }, (_, place) => [`key${place}`, place])),
  "a list of ten thousand": Array.from({ length: 10_000 }, (_, place) => place),
  "a value 60 deep": deep(60),
};

function deep(levels: number): unknown {
  return levels === 0 ? "bottom" : { down: deep(levels - 1) };
}

function comesBack(name: string, value: unknown): ConformanceCase {
  const run: ConformanceCase["run"] = async (bench) => {
    const answer = await bench.ask("echo", value);
    // oxlint-disable-next-line vitest/no-standalone-expect -- the suite runs it in a test
    expect(answer).toEqual(value);
  };
  return { title: `${name} comes back as it was`, run };
}

/** What goes in comes out. */
export const VALUES: readonly ConformanceCase[] = [
  ...Object.entries(ECHOED).map(([name, value]) => comesBack(name, value)),
  {
    title: "an object's own __proto__ key stays a key or is left out, and is never a prototype",
    run: async (bench) => {
      const input = JSON.parse('{"__proto__": {"polluted": true}, "a": 1}') as unknown;
      const answer = (await bench.ask("echo", input)) as Record<string, unknown>;
      expect(answer["a"]).toBe(1);
      expect(answer["polluted"]).toBeUndefined();
      expect(({} as Record<string, unknown>)["polluted"]).toBeUndefined();
    },
  },
  {
    title: "bytes go in",
    run: async (bench) => {
      expect(await bench.ask("sum", new Uint8Array([1, 2, 3, 250]))).toBe(256);
    },
  },
  {
    title: "no bytes go in",
    run: async (bench) => expect(await bench.ask("size", new Uint8Array())).toBe(0),
  },
  {
    title: "bytes come out",
    run: async (bench) => {
      const answer = (await bench.ask("bytes", 5)) as Uint8Array;
      expect([...answer]).toEqual([7, 7, 7, 7, 7]);
    },
  },
  {
    title: "four megabytes go in, and stay the caller's",
    run: async (bench) => {
      const sent = new Uint8Array(4 * 1_048_576).fill(1);
      expect(await bench.ask("sum", sent)).toBe(sent.length);
      expect(sent.length).toBe(4 * 1_048_576);
    },
  },
  {
    title: "four megabytes come out",
    run: async (bench) => {
      const answer = (await bench.ask("bytes", 4 * 1_048_576)) as Uint8Array;
      expect(answer.length).toBe(4 * 1_048_576);
      expect(answer.at(-1)).toBe(7);
    },
  },
  {
    title: "a part of a larger buffer goes in alone",
    run: async (bench) => {
      const part = new Uint8Array([9, 1, 2, 9]).subarray(1, 3);
      expect(await bench.ask("size", part)).toBe(2);
      expect(await bench.ask("sum", part)).toBe(3);
    },
  },
  {
    title: "bytes inside lists and objects come out",
    run: async (bench) => {
      const { list, text } = (await bench.ask("mixed")) as { list: [Uint8Array, { inner: Uint8Array }]; text: string };
      expect([...list[0]]).toEqual([1, 2, 3]);
      expect(list[1].inner.length).toBe(2);
      expect(text).toBe("t");
    },
  },
  {
    title: "a method that gives nothing gives undefined",
    run: async (bench) => expect(await bench.ask("nothing")).toBeUndefined(),
  },
  {
    title: "null stays null",
    run: async (bench) => expect(await bench.ask("kind", null)).toBe("null"),
  },
  {
    title: "an argument that is undefined stays undefined",
    run: async (bench) => expect(await bench.call("service", "kind", [undefined])).toBe("undefined"),
  },
];
