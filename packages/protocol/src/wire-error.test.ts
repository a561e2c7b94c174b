import { ERROR_CODES, type ErrorCode, HostError } from "@berth/contract";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { fromWireError, invalidParams, isWireError, methodNotFound, toWireError } from "./wire-error.ts";

const across = <T>(value: T): T => JSON.parse(JSON.stringify(value)) as T;

/** What of `value` is kept: a key `__proto__` never is. */
const kept = <T>(value: T): T =>
  JSON.parse(JSON.stringify(value), (key, member: unknown) => (key === "__proto__" ? undefined : member)) as T;

function chainOf(error: Error): string[] {
  const messages: string[] = [];
  for (let cause = error.cause; cause instanceof Error; cause = cause.cause) messages.push(cause.message);
  return messages;
}

function chain(messages: readonly string[]): Error | undefined {
  return messages.reduceRight<Error | undefined>((cause, message) => new Error(message, { cause }), undefined);
}

describe("An error that crosses", () => {
  const codes = Object.keys(ERROR_CODES) as ErrorCode[];
  const printable = fc.string({ unit: "grapheme-ascii", maxLength: 50 });

  test("keeps code, message, details and causes, whatever they are", () => {
    const error = fc.record({
      code: fc.constantFrom(...codes),
      message: printable,
      details: fc.option(fc.jsonValue({ maxDepth: 4, noUnicodeString: false }), { nil: undefined }),
      causes: fc.array(
        printable.filter((text) => text !== ""),
        { maxLength: 20 },
      ),
    });
    fc.assert(
      fc.property(error, ({ code, message, details, causes }) => {
        const thrown = new HostError(code, message, {
          ...(details === undefined ? {} : { details: details as never }),
          cause: chain(causes),
        });
        const back = fromWireError(across(toWireError(thrown, "host")), "plugin");
        expect(back).toMatchObject({ code, message: thrown.message || "HostError" });
        expect(back.details).toEqual(details === undefined ? undefined : kept(details));
        expect(chainOf(back)).toEqual(causes);
      }),
      { numRuns: 40 },
    );
  });

  test("is the plugin's fault when the plugin threw what is no HostError, and the host's when the host did", () => {
    expect(fromWireError(toWireError(new TypeError("oops"), "plugin"), "host").code).toBe("PLUGIN_FAILED");
    expect(fromWireError(toWireError("oops", "host"), "plugin")).toMatchObject({
      code: "INVARIANT_BROKEN",
      message: "oops",
    });
    expect(fromWireError(toWireError(undefined, "plugin"), "host").message).toBe("a thrown undefined");
  });

  test("shows the plugin's stack to the host, and never the host's to the plugin", () => {
    const thrown = new HostError("CAPABILITY_FAILED", "no");
    expect(fromWireError(toWireError(thrown, "plugin"), "host").stack).toContain("wire-error.test.ts");
    expect(toWireError(thrown, "host").data).not.toHaveProperty("stack");
  });

  test("is bounded before it leaves", () => {
    const loop = new Error("loop");
    loop.cause = loop;
    const long = new HostError("PLUGIN_FAILED", "m".repeat(10_000), {
      details: { big: "d".repeat(100_000) },
      cause: chain(Array.from({ length: 50 }, () => "c".repeat(10_000))),
    });
    long.stack = "s".repeat(100_000);
    const wire = toWireError(long, "plugin");
    const { causes, stack, details } = wire.data as { causes: string[]; stack: string; details?: unknown };
    expect([wire.message.length, causes.length, causes[0]!.length, stack.length]).toEqual([4_096, 20, 4_096, 8_192]);
    expect(details).toBeUndefined();
    expect(toWireError(loop, "plugin").data).toMatchObject({ causes: [] });
  });

  test("carries the numbers of JSON-RPC for what it has numbers for", () => {
    expect(toWireError(methodNotFound("x"), "host").code).toBe(-32_601);
    expect(toWireError(invalidParams("x", "it is text"), "host").code).toBe(-32_602);
    expect(toWireError(new HostError("PERMISSION_DENIED", "no"), "host").code).toBe(-32_000);
  });
});

describe("To the host, an error of the plugin", () => {
  const wire = (data: unknown, code = -32_000) => ({ code, message: "no", data });

  test.for<[string, unknown, number, string]>([
    ["with a known code", { code: "PERMISSION_DENIED" }, -32_000, "PERMISSION_DENIED"],
    ["that would be the host's own fault", { code: "INVARIANT_BROKEN" }, -32_000, "PLUGIN_FAILED"],
    ["that would be the database's", { code: "STORAGE_FAILED" }, -32_000, "PLUGIN_FAILED"],
    ["with an unknown code", { code: "NO_SUCH_CODE" }, -32_000, "PLUGIN_FAILED"],
    ["with a member of every object as code", { code: "constructor" }, -32_000, "PLUGIN_FAILED"],
    ["with a number as code", { code: 7 }, -32_000, "PLUGIN_FAILED"],
    ["without data", undefined, -32_000, "PLUGIN_FAILED"],
    ["of a method that it does not have", undefined, -32_601, "CONTRACT_BROKEN"],
    ["with data that is text", "data", 1, "PLUGIN_FAILED"],
  ])("%s is no more than that", ([, data, code, expected]) => {
    expect(fromWireError(wire(data, code), "host").code).toBe(expected);
  });

  test("is bounded and can do no harm in a terminal", () => {
    const deep = JSON.parse(`${"[".repeat(500)}${"]".repeat(500)}`) as unknown;
    const error = fromWireError(
      {
        code: 1,
        message: `\u001b[2J${"m".repeat(10_000)}`,
        data: {
          code: "PLUGIN_FAILED",
          details: deep,
          causes: ["\u001b]0;title", 7, null, ...Array.from({ length: 100 }, () => "c")],
          stack: `\u0007${"s".repeat(100_000)}`,
        },
      },
      "host",
    );
    expect(error.message).toMatch(/^\\u001b\[2Jm+…$/);
    expect(error.message.length).toBeLessThan(4_200);
    expect(error.stack!.length).toBeLessThan(8_300);
    expect(error.stack).toContain("\\u0007");
    expect(error.details).toBeUndefined();
    expect(chainOf(error)).toHaveLength(18);
    expect(chainOf(error)[0]).toBe("\\u001b]0;title");
  });

  test("that knows only JSON-RPC keeps its number", () => {
    expect(fromWireError(wire(undefined, -32_700), "host").details).toEqual({ rpcCode: -32_700 });
  });

  test("gets no prototype from details", () => {
    const details = JSON.parse('{"__proto__":{"isAdmin":true},"a":{"__proto__":1,"b":2}}') as unknown;
    const error = fromWireError(wire({ code: "PLUGIN_FAILED", details }), "host");
    expect(error.details).toEqual({ a: { b: 2 } });
    expect((error.details as { isAdmin?: boolean }).isAdmin).toBeUndefined();
  });

  test("with details that are no JSON has none", () => {
    for (const details of [new Map([[1, 2]]), { a: 1n }, { a: new Date(0) }, () => 1, "x".repeat(100_000)]) {
      expect(fromWireError(wire({ code: "PLUGIN_FAILED", details }), "host").details).toBeUndefined();
    }
  });
});

test("isWireError knows an error of JSON-RPC by its code and message", () => {
  expect(isWireError({ code: -32_000, message: "" })).toBe(true);
  for (const value of [null, undefined, "no", [], {}, { code: 1 }, { message: "no" }, { code: 1.5, message: "no" }]) {
    expect(isWireError(value)).toBe(false);
  }
});
