import { beforeAll, describe, expect, test } from "vitest";
import { compileComponent, linkComponent } from "../../src/wasm/component/link-component.ts";
import { readComponent } from "../../src/wasm/component/read-component.ts";
import { assertExports, type WorldKind } from "../../src/wasm/world/check-exports.ts";
import { ComponentHost } from "../../src/wasm/world/component-host.ts";
import { INTERFACES } from "../../src/wasm/world/interfaces.ts";
import { EXPORT_SIGNATURES, type ExportName, SIGNATURES } from "../../src/wasm/world/signatures.ts";
import { wasiInterfaces } from "../../src/wasm/world/wasi/wasi-interfaces.ts";
import { systemClock } from "@berth/base";
import { dummyOf, fromText, worldText } from "./tools.ts";

const host = new ComponentHost({
  granted: INTERFACES,
  functions: {},
  wasi: wasiInterfaces({ clock: systemClock, maySuspend: false, output: () => undefined }),
});

async function link(bytes: Uint8Array) {
  const file = readComponent(bytes);
  return { file, component: linkComponent(file, await compileComponent(file, 16), host) };
}

describe("the published world and the host say the same", () => {
  test.each<[world: string, kind: WorldKind, more: ExportName[]]>([
    ["plugin", "guest", []],
    ["stateful-plugin", "guest", ["state"]],
    ["talking-plugin", "conversation", []],
  ])("world %s", async (world, kind, more) => {
    // The host refuses what differs from its own list, so a component of the whole world is a check of the whole list.
    const { file, component } = await link(await dummyOf(worldText(), world));
    assertExports(component, kind);
    for (const name of [kind, ...more]) {
      expect([...component.functionsOf(`berth:plugin/${name}@1.0.0`)!.keys()].toSorted()).toEqual(
        Object.keys(EXPORT_SIGNATURES[name]).toSorted(),
      );
    }
    const imported = file.component.definitions.flatMap((one) => (one.is === "import" ? [one.name] : []));
    for (const name of imported) expect(INTERFACES).toContain(/\/(.+)@/.exec(name)![1]);
  });

  test("there is no function on the host's list that the world has not", () => {
    const wit = worldText();
    for (const [name, functions] of Object.entries(SIGNATURES)) {
      const [, body = ""] = new RegExp(`interface ${name} \\{(.*?)\\n\\}`, "s").exec(wit) ?? [];
      const written = [...body.matchAll(/^ {4}%?([a-z-]+): func/gm)].map(([, one]) => one);
      expect(written.length, name).toBe(Object.keys(functions).length);
      for (const one of written) expect(Object.keys(functions), name).toContain(one);
    }
  });
});

test("a component whose exports are not those of the world is refused by name", async () => {
  const text = (func: string) => `(component
    (core module $m (func (export "f") (param i32)))
    (core instance $i (instantiate $m))
    (func $f (param "x" u32) (canon lift (core func $i "f")))
    (instance $e ${func})
    (export "berth:plugin/conversation@1.0.0" (instance $e)))`;
  const none = await link(await fromText(text("")));
  expect(() => assertExports(none.component, "conversation")).toThrow("has no function receive");
  const other = await link(await fromText(text('(export "receive" (func $f))')));
  expect(() => assertExports(other.component, "conversation")).toThrow("not func(x: u32)");
  const guest = await link(await dummyOf(worldText(), "plugin"));
  const half = {
    functionsOf: (name: string) => (name.includes("/state@") ? new Map() : guest.component.functionsOf(name)),
  };
  expect(() => assertExports(half, "guest")).toThrow("berth:plugin/state@1.0.0 has no function version");
});

describe("what there is of WASI", () => {
  let wasi: ReturnType<typeof wasiInterfaces>;
  const written: string[] = [];
  beforeAll(() => {
    wasi = wasiInterfaces({
      clock: systemClock,
      maySuspend: true,
      output: (stream, bytes) => void written.push(`${stream}: ${new TextDecoder().decode(bytes)}`),
    });
  });
  const call = (name: string, func: string, ...args: unknown[]): unknown =>
    wasi.get(name)!.functions[func]!.call(...(args as never[]));

  test("an environment with nothing in it", () => {
    expect(call("wasi:cli/environment", "get-environment")).toEqual([]);
    expect(call("wasi:cli/environment", "get-arguments")).toEqual([]);
    expect(call("wasi:filesystem/preopens", "get-directories")).toEqual([]);
    expect(call("wasi:cli/terminal-stdout", "get-terminal-stdout")).toBeUndefined();
    expect(() => call("wasi:cli/exit", "exit", { tag: "ok" })).toThrow("it called exit");
  });

  test("output that goes to the log, and input that is at its end", () => {
    const stdout = call("wasi:cli/stdout", "get-stdout");
    expect(call("wasi:io/streams", "[method]output-stream.check-write", stdout)).toEqual({ tag: "ok", value: 65_536n });
    call("wasi:io/streams", "[method]output-stream.write", stdout, new TextEncoder().encode("hello"));
    expect(written).toEqual(["stdout: hello"]);
    const stdin = call("wasi:cli/stdin", "get-stdin");
    expect(call("wasi:io/streams", "[method]input-stream.read", stdin, 1n)).toMatchObject({ tag: "error" });
  });

  test("time, and waiting for it", async () => {
    const { seconds } = call("wasi:clocks/wall-clock", "now") as { seconds: bigint };
    expect(Number(seconds)).toBeCloseTo(Date.now() / 1_000, -1);
    const pollable = call("wasi:clocks/monotonic-clock", "subscribe-duration", 5_000_000n);
    expect(await call("wasi:io/poll", "poll", [pollable])).toEqual([0]);
    expect(call("wasi:io/poll", "[method]pollable.ready", pollable)).toBe(true);
    const strict = wasiInterfaces({ clock: systemClock, maySuspend: false, output: () => undefined });
    const never = call("wasi:clocks/monotonic-clock", "subscribe-duration", 10n ** 15n);
    const block = strict.get("wasi:io/poll")!.functions["[method]pollable.block"]!;
    expect(() => block.call(never as never)).toThrow("it waits for a time where the host must not be kept waiting");
  });

  test("random numbers, not too many at once", () => {
    expect(call("wasi:random/random", "get-random-bytes", 16n)).toHaveLength(16);
    expect(() => call("wasi:random/random", "get-random-bytes", 10n ** 9n)).toThrow("random bytes at once");
    expect(call("wasi:random/insecure-seed", "insecure-seed")).toHaveLength(2);
  });
});
