import type { HostError } from "@berth/contract";
import { describe, expect, test } from "vitest";
import { openComponent } from "./open-component.ts";
import { dummyOf, fromCore, fromText, worldText } from "./tools.ts";

/** What opening it is refused with. */
async function refusal(bytes: Uint8Array, setting: Parameters<typeof openComponent>[1] = {}): Promise<HostError> {
  try {
    await using _ = await openComponent(bytes, { grant: {}, ...setting });
  } catch (error) {
    return error as HostError;
  }
  throw new Error("it was opened");
}

const bytesOf = (text: string): string =>
  [...new TextEncoder().encode(text)].map((byte) => `\\${byte.toString(16).padStart(2, "0")}`).join("");

/** A module of the world of typed functions, of which one is written in the test, and all others trap. */
const world = (functions: string, more = ""): string => `
(module
  ${more.includes("(import") ? more : ""}
  (memory (export "memory") 2)
  (global $top (mut i32) (i32.const 8192))
  (data (i32.const 2048) "service/probe")
  (data (i32.const 2064) "echo")
  (data (i32.const 2080) "\\00\\08\\00\\00\\0d\\00\\00\\00\\00\\08\\00\\00\\00\\00\\00\\00\\00\\00\\00\\00")
  (data (i32.const 2128) "\\10\\08\\00\\00\\04\\00\\00\\00")
  ${more.includes("(import") ? "" : more}
  (func $allocate (export "cabi_realloc") (param i32 i32 i32 i32) (result i32)
    (local $at i32)
    (local.set $at (i32.and (i32.add (global.get $top) (i32.const 7)) (i32.const -8)))
    (global.set $top (i32.add (local.get $at) (local.get 3)))
    (local.get $at))
  (func $answer (param i32 i32 i32 i32) (result i32)
    (i32.store (i32.const 16) (i32.const 0))
    (i32.store (i32.const 20) (local.get 0))
    (i32.store (i32.const 24) (local.get 1))
    (i32.store (i32.const 28) (local.get 2))
    (i32.store (i32.const 32) (local.get 3))
    (i32.const 16))
  ${Object.entries({ ...STANDARD, ...parse(functions) })
    .map(([name, body]) => `(func (export "berth:plugin/guest@1.0.0#${name}") ${body})`)
    .join("\n  ")}
)`;

const NOTHING = "(result i32) (call $answer (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0))";
const STANDARD: Record<string, string> = {
  describe: `(param i32 i32 i32 i32 i32 i32) (result i32)
    (call $answer (i32.const 2080) (i32.const 1) (i32.const 0) (i32.const 0))`,
  initialize: NOTHING,
  start: NOTHING,
  stop: NOTHING,
  cleanup: NOTHING,
  health: NOTHING,
  "check-config": `(param i32 i32 i32 i32) (result i32)
    (call $answer (i32.const 4) (i32.const 0) (i32.const 0) (i32.const 0))`,
  "open-instance": `(param i32 i32 i32 i32 i32 i32) (result i32)
    (call $answer (i32.const 1) (i32.const 2128) (i32.const 1) (i32.const 0))`,
  "close-instance": `(param i32) ${NOTHING}`,
  call: `(param i32 i32 i32 i32 i32 i32 f64 i32 i32 i32 i32 i32 i32 i32) (result i32) (unreachable)`,
  fired: "(param i64 i32 i32 i32 i32 i32 i32 i32)",
};
const CALL =
  "(param $handle i32) (param $member i32) (param $json i32) (param $length i32) (param $bytes i32) (param $count i32) (param f64 i32 i32 i32 i32 i32 i32 i32) (result i32)";

/** `name: body`, one a paragraph. */
function parse(functions: string): Record<string, string> {
  const parts = functions.split("\n\n").filter((part) => part.trim() !== "");
  return Object.fromEntries(
    parts.map((part) => [part.slice(0, part.indexOf(":")).trim(), part.slice(part.indexOf(":") + 1)]),
  );
}

const calling = (body: string, more = "") => fromCore(world(`call: ${CALL} ${body}`, more), worldText(), "plugin");

describe("a file that is no plugin is refused by name", () => {
  test.each<[string, () => Promise<Uint8Array> | Uint8Array, string]>([
    ["nothing", () => new Uint8Array(0), "it is no WebAssembly"],
    ["text", () => new TextEncoder().encode("#!/bin/sh\necho hello\n"), "it is no WebAssembly"],
    ["a plain module", () => fromText("(module)"), "it is a plain WebAssembly module; make a component of it"],
    [
      "an empty component",
      () => fromText("(component)"),
      "it exports neither berth:plugin/guest nor berth:plugin/conversation",
    ],
    [
      "a component for another world",
      () => dummyOf("package a:b; interface x { f: func(); } world w { export x; }", "w"),
      "it exports neither berth:plugin/guest",
    ],
    [
      "a component for a later version of the world",
      async () => dummyOf(worldText().replace("@1.0.0", "@2.0.0"), "plugin"),
      "it exports berth:plugin/guest@2.0.0, and this host has berth:plugin@1.0.0",
    ],
    ["one that is cut off", async () => (await calling("(unreachable)")).slice(0, 900), "Cannot read the component"],
    [
      "one with asynchronous functions",
      () => fromText('(component (type (func async)) (export "a" (type 0)))'),
      "it exports neither",
    ],
  ])("%s", async (_, make, message) => {
    expect(await refusal(await make())).toMatchObject({ message: expect.stringContaining(message) });
  });

  test("one that is not there, or lies elsewhere", async () => {
    const elsewhere = await refusal(new Uint8Array(0), { more: { folder: "/nowhere/at/all" } });
    expect(elsewhere.message).toContain("build it with `berth dev build --target wasm`");
  });
});

describe("a component gets what was granted and nothing else [OPS-51, RPT-86]", () => {
  const importing = (names: string) => `world w { ${names} export guest; }`;
  const asking = async (name: string) => dummyOf(worldText(importing(`import ${name};`)), "w");

  test.each(["fetch", "exec", "secrets", "services", "events", "env"])(
    "%s is refused without a grant",
    async (name) => {
      const error = await refusal(await asking(name));
      expect(error.code).toBe("PERMISSION_DENIED");
      expect(error.message).toContain(`it imports berth:plugin/${name}@1.0.0, and the plugin was granted nothing of`);
    },
  );

  test.each(["log", "clock", "random", "store", "files", "schedule"])("%s is there for all", async (name) => {
    // It does nothing at all, which is found out after it was linked.
    expect((await refusal(await asking(name))).message).not.toContain("imports");
  });

  test.each([
    ["wasi:sockets/tcp@0.2.0", "that part of WASI is not there"],
    ["wasi:http/outgoing-handler@0.2.0", "that part of WASI is not there"],
    ["wasi:cli/environment@0.3.0", "that part of WASI is not there"],
    ["node:fs/promises", "only interfaces of berth:plugin are there"],
    ["berth:plugin/fetsh@1.0.0", "did you mean fetch?"],
    ["berth:plugin/log@1.9.0", "this host has berth:plugin@1.0.0"],
  ])("%s is refused", async (name, message) => {
    const text = `(component (import "${name}" (instance)) (instance $e) (export "berth:plugin/guest@1.0.0" (instance $e)))`;
    expect((await refusal(await fromText(text))).message).toContain(message);
  });

  test("a function that is not there, or is another one here", async () => {
    const text = (func: string) => `(component
      (import "berth:plugin/clock@1.0.0" (instance ${func}))
      (instance $e) (export "berth:plugin/guest@1.0.0" (instance $e)))`;
    const none = await refusal(await fromText(text('(export "later" (func (result f64)))')));
    expect(none.message).toContain("berth:plugin/clock@1.0.0#later, and there is no such function");
    const other = await refusal(await fromText(text('(export "now" (func (result u32)))')));
    expect(other.message).toContain("it is func() -> f64 here, not func() -> u32");
  });
});

describe("a component that is made to do harm", () => {
  test("cannot write code of the host's by the names of its modules", async () => {
    const name = bytesOf("x': 1, [globalThis.PWNED = process.pid]: 1, 'y");
    const bytes = await fromText(`(component
      (core module $a (func (export "f") (result i32) i32.const 1))
      (core module $b (import "${name}" "f" (func $f (result i32))) (func (export "f") (result i32) call $f))
      (core instance $ia (instantiate $a))
      (core instance $ib (instantiate $b (with "${name}" (instance $ia))))
      (instance $e) (export "berth:plugin/guest@1.0.0" (instance $e)))`);
    expect((await refusal(bytes)).message).not.toContain("PWNED");
    expect(Object.hasOwn(globalThis, "PWNED")).toBe(false);
  });

  test("is not waited for when it never stops starting [OPS-54]", async () => {
    const bytes = await fromText(`(component
      (core module $a (func $f (loop $l (br $l))) (start $f))
      (core instance (instantiate $a))
      (instance $e) (export "berth:plugin/guest@1.0.0" (instance $e)))`);
    const error = await refusal(bytes, { options: { loadMs: 300 } });
    expect(error).toMatchObject({
      code: "LIMIT_EXCEEDED",
      message: expect.stringContaining("not compiled and linked in 300 ms"),
    });
  });

  test("is not compiled longer than it may take [OPS-54]", async () => {
    const bytes = await fromText('(component (instance $e) (export "berth:plugin/guest@1.0.0" (instance $e)))');
    const large = withModule(bytes, manyFunctions(60_000, 300));
    const error = await refusal(large, { options: { loadMs: 100 } });
    expect(error).toMatchObject({ code: "LIMIT_EXCEEDED", details: { limitMs: 100 } });
  });

  test("is refused when it starts with more memory than it may have [OPS-52]", async () => {
    const bytes = await fromText(`(component
      (core module $a (memory 1024))
      (core instance (instantiate $a))
      (instance $e) (export "berth:plugin/guest@1.0.0" (instance $e)))`);
    const error = await refusal(bytes, { limits: { memory_mb: 32 } });
    expect(error).toMatchObject({ code: "LIMIT_EXCEEDED", details: { limit: "memory_mb", allowed: 32, used: 64 } });
  });

  test.each<[string, string, string]>([
    ["memory that threads share", "(memory 1 2 shared)", "a memory that threads share"],
    ["memory of 64 bits", "(memory i64 1)", "a memory of 64 bits"],
    ["structures outside every memory", "(type (struct (field i32)))", "garbage-collected types"],
    ["arrays outside every memory", "(type (array (mut i64)))", "garbage-collected types"],
    ["a table without end", "(table 9000000 funcref)", "tables with 9000000 entries"],
  ])("may not have %s", async (_, field, message) => {
    const bytes = await fromText(`(component
      (core module $a ${field})
      (core instance (instantiate $a))
      (instance $e) (export "berth:plugin/guest@1.0.0" (instance $e)))`);
    expect((await refusal(bytes)).message).toContain(message);
  });

  test("may not have its memory twice", async () => {
    const bytes = await fromText(`(component
      (core module $a (memory 1))
      (core instance (instantiate $a))
      (core instance (instantiate $a))
      (instance $e) (export "berth:plugin/guest@1.0.0" (instance $e)))`);
    expect((await refusal(bytes)).message).toContain("two instances of a core module with a memory");
  });

  test.each<[string, string]>([
    ["a trap", "(unreachable)"],
    ["a pointer out of its memory", "(i32.const 0x7ffffff0)"],
    ["a pointer that is not aligned", "(i32.const 17)"],
    ["a variant without such a case", "(i32.store (i32.const 16) (i32.const 7)) (i32.const 16)"],
    [
      "a list that is longer than its memory",
      "(call $answer (i32.const 0) (i32.const 0x7fffffff) (i32.const 0) (i32.const 0))",
    ],
    ["a value that is no JSON", "(call $answer (i32.const 2048) (i32.const 13) (i32.const 0) (i32.const 0))"],
    ["recursion without end", "(call $endless) (unreachable)"],
  ])("fails by %s, and the host goes on", async (name, body) => {
    const more = name.startsWith("recursion") ? "(func $endless (call $endless) (call $endless))" : "";
    await using open = await openComponent(await calling(body, more), { grant: {} });
    await expect(open.ask("echo", 1)).rejects.toMatchObject({ code: "PLUGIN_FAILED" });
  });

  test("cannot make much of little by naming the same bytes again and again", async () => {
    // Four thousand lists, each of them the same 64 KiB.
    const body = `(local $at i32)
      (local.set $at (i32.const 32768))
      (loop $next
        (i32.store (local.get $at) (i32.const 0))
        (i32.store (i32.add (local.get $at) (i32.const 4)) (i32.const 65536))
        (local.set $at (i32.add (local.get $at) (i32.const 8)))
        (br_if $next (i32.lt_u (local.get $at) (i32.const 65536))))
      (call $answer (i32.const 2048) (i32.const 0) (i32.const 32768) (i32.const 4096))`;
    await using open = await openComponent(await calling(body), { grant: {} });
    await expect(open.ask("echo", 1)).rejects.toThrow("hands over more than 64 MiB in one call");
  });

  test("gets no room from an allocator that gives none", async () => {
    const bytes = await fromCore(
      world(`call: ${CALL} (unreachable)`).replace(
        "(local.get $at))\n  (func $answer",
        "(i32.const 0x7ffffff8))\n  (func $answer",
      ),
      worldText(),
      "plugin",
    );
    expect((await refusal(bytes)).message).toContain("a pointer leads out of its memory");
  });

  test("cannot forge a handle of the host's", async () => {
    const text = world(
      `call: ${CALL} (call $write (i32.const 77) (i32.const 0) (i32.const 1)) (unreachable)`,
      '(import "wasi:io/streams@0.2.0" "[method]output-stream.write" (func $write (param i32 i32 i32)))',
    );
    const bytes = await fromCore(text, worldText(STREAMS), "forged");
    await using open = await openComponent(bytes, { grant: {} });
    await expect(open.ask("echo", 1)).rejects.toThrow("77 is no handle of output-stream");
  });
});

describe("a component that speaks the protocol itself", () => {
  const talking = async (receive: string) =>
    fromCore(
      `(module
        (import "berth:plugin/host@1.0.0" "send" (func $send (param i32 i32 i32 i32)))
        (memory (export "memory") 2)
        (global $top (mut i32) (i32.const 66000))
        (data (i32.const 16) "[]{]")
        (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) (global.get $top))
        (func (export "berth:plugin/conversation@1.0.0#receive") (param i32 i32 i32 i32) ${receive})
        (func (export "berth:plugin/conversation@1.0.0#wake")))`,
      worldText(),
      "talking-plugin",
    );

  test.each([
    // Empty lists, 65,000 bytes each.
    [
      "talks without end [OPS-57]",
      `(memory.fill (i32.const 1000) (i32.const 32) (i32.const 64000))
       (i32.store8 (i32.const 1000) (i32.const 91)) (i32.store8 (i32.const 64999) (i32.const 93))
       (loop $l (call $send (i32.const 1000) (i32.const 64000) (i32.const 0) (i32.const 0)) (br $l))`,
      "says more than 32 MiB at once",
    ],
    ["says what is no list", "(call $send (i32.const 18) (i32.const 2) (i32.const 0) (i32.const 0))", "no JSON"],
    ["traps", "(unreachable)", "The component trapped: unreachable"],
  ])("and %s is ended", async (_, receive, message) => {
    expect((await refusal(await talking(receive))).message).toContain(message);
  });

  test("and says nothing is not waited for", async () => {
    expect(await refusal(await talking("(nop)"), { options: { loadMs: 300 } })).toMatchObject({
      code: "LIMIT_EXCEEDED",
    });
  });
});

/** A core module of so many functions, each of so many instructions. */
function manyFunctions(count: number, instructions: number): Uint8Array {
  // local.get 0, drop, and again.
  const body = [0, ...Array.from({ length: instructions }, () => [0x20, 0, 0x1a]).flat(), 0x0b];
  const entry = [...leb(body.length), ...body];
  const code = new Uint8Array(leb(count).length + entry.length * count);
  code.set(leb(count));
  for (let index = 0; index < count; index++) code.set(entry, leb(count).length + index * entry.length);
  return Buffer.concat([
    Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0),
    section(1, Uint8Array.of(1, 0x60, 1, 0x7f, 0)),
    section(3, Uint8Array.from([...leb(count), ...Array.from({ length: count }, () => 0)])),
    section(10, code),
  ]);
}

/** The component, with one core module more in front of all else. */
function withModule(component: Uint8Array, module: Uint8Array): Uint8Array {
  return Buffer.concat([component.subarray(0, 8), section(1, module), component.subarray(8)]);
}

function section(id: number, content: Uint8Array): Uint8Array {
  return Buffer.concat([Uint8Array.of(id, ...leb(content.length)), content]);
}

function leb(value: number): number[] {
  return value < 128 ? [value] : [(value % 128) | 0x80, ...leb(Math.floor(value / 128))];
}

const STREAMS = `
package wasi:io@0.2.0 {
  interface streams { resource output-stream { write: func(contents: list<u8>); } }
}
world forged { import wasi:io/streams@0.2.0; export guest; }
`;
