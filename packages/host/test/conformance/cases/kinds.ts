import type { CommandOutput } from "@berth/contract";
import { expect } from "vitest";
import { aCall } from "../../plugins-of-tests.ts";
import type { ConformanceCase } from "../conformance-case.ts";

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const request = { method: "GET", path: "/", params: {}, query: {}, headers: {}, body: new Uint8Array() };

/** Every kind of contribution. */
export const KINDS: readonly ConformanceCase[] = [
  {
    title: "a source gives content from its configuration, identity and count of runs",
    run: async (bench) => {
      await using source = bench.instance("source", "mine", { title: "Mine", count: 4 });
      await source.open(AbortSignal.timeout(20_000));
      expect(await source.method("fetch")([], aCall())).toEqual({
        title: "Mine",
        lines: ["mine", "conformance", "1.2.3", "4", "1"],
      });
      expect(await source.method("fetch")([], aCall())).toMatchObject({
        lines: ["mine", "conformance", "1.2.3", "4", "2"],
      });
    },
  },
  {
    title: "a source that has nothing gives undefined, not null",
    run: async (bench) => {
      await using source = bench.instance("source", "silent", { silent: true });
      expect(await source.method("fetch")([], aCall())).toBeUndefined();
    },
  },
  {
    title: "an optional member is known, and a missing argument arrives as undefined",
    run: async (bench) => {
      expect(await bench.call("source", "shouldRender", [{ title: "a", lines: [] }, undefined])).toBe(true);
      const same = { title: "a", lines: [] };
      expect(await bench.call("source", "shouldRender", [same, same])).toBe(false);
    },
  },
  {
    title: "an instance says which members it has",
    run: async (bench) => {
      await using source = bench.instance("source", "members");
      await source.open(AbortSignal.timeout(20_000));
      expect(["fetch", "shouldRender", "dispose", "render"].map((member) => source.has(member))).toEqual([
        true,
        true,
        false,
        false,
      ]);
    },
  },
  {
    title: "a layout turns content and frame into a scene",
    run: async (bench) => {
      const scene = await bench.call("layout", "render", [
        { title: "Hi", lines: [] },
        { width: 800, height: 600, unit: 2 },
      ]);
      expect(scene).toEqual({
        root: {
          type: "box",
          style: { width: 800, height: 600 },
          children: [{ type: "text", text: "Hi", style: { fontSize: 40 } }],
        },
      });
    },
  },
  {
    title: "a scheduler is asked before the first run with undefined, and ends with undefined",
    run: async (bench) => {
      const last = { success: true, durationMs: 1, startedAt: 0 };
      expect(await bench.call("scheduler", "next", [undefined])).toEqual({ delayMs: 0 });
      expect(await bench.call("scheduler", "next", [{ ...last, count: 2 }])).toEqual({ delayMs: 2_000 });
      expect(await bench.call("scheduler", "next", [{ ...last, count: 3 }])).toBeUndefined();
    },
  },
  {
    title: "an executor's output arrives in order and whole before its result",
    run: async (bench) => {
      const args = Array.from({ length: 45 }, (_, place) => `line ${place}`);
      const seen: CommandOutput[] = [];
      const emit = (output: CommandOutput): void => void seen.push(output);
      const result = await bench.call("executor", "execute", [{ command: "go", args, env: {} }, emit]);
      expect(result).toEqual({ exitCode: 0, signal: null, durationMs: 45 });
      expect(seen.map(({ bytes: one }) => new TextDecoder().decode(one))).toEqual(args);
      expect(seen.slice(0, 2).map(({ stream }) => stream)).toEqual(["stdout", "stderr"]);
    },
  },
  {
    title: "an executor's output of several megabytes arrives whole",
    run: async (bench) => {
      let total = 0;
      const emit = ({ bytes: one }: CommandOutput): void => void (total += one.length);
      const args = Array.from({ length: 64 }, () => "x".repeat(65_536));
      await bench.call("executor", "execute", [{ command: "go", args, env: {} }, emit]);
      expect(total).toBe(64 * 65_536);
    },
  },
  {
    title: "an executor's failing command is a result",
    run: async (bench) => {
      const result = await bench.call("executor", "execute", [{ command: "fail", args: [], env: {} }, () => undefined]);
      expect(result).toMatchObject({ exitCode: 3 });
    },
  },
  {
    title: "a command prints before it gives its exit code",
    run: async (bench) => {
      const printed: string[] = [];
      const invocation = { args: ["one", "two"], flags: { loud: true, times: 3 } };
      const code = await bench.call("command", "run", [invocation, (text: string) => void printed.push(text)]);
      expect(code).toBe(2);
      expect(printed).toEqual(["one\n", "two\n", '{"loud":true,"times":3}']);
    },
  },
  {
    title: "an output keeps what it is given until it is flushed",
    run: async (bench) => {
      for (const id of ["a", "b"]) {
        await bench.call("output", "write", [{ id, startedAt: 0, durationMs: 1, success: true, result: null }]);
      }
      await bench.call("output", "flush", []);
      expect(await bench.ask("storeKeys")).toContain("flushed");
    },
  },
  {
    title: "an integration connects, checks and disconnects, in one state",
    run: async (bench) => {
      expect(await bench.call("integration", "check", [])).toMatchObject({ health: "unhealthy" });
      await bench.call("integration", "connect", []);
      expect(await bench.call("integration", "check", [])).toEqual({ health: "healthy" });
      await bench.call("integration", "disconnect", []);
      expect(await bench.call("integration", "check", [])).toMatchObject({ message: "not connected" });
    },
  },
  {
    title: "a configuration section says what is wrong",
    run: async (bench) => {
      expect(await bench.call("config", "check", [5])).toEqual([]);
      expect(await bench.call("config", "check", ["five"])).toEqual(["a number is needed, not string"]);
    },
  },
  {
    title: "an event plugin reacts to an event it is handed",
    run: async (bench) => {
      const event = { subject: "outside.bell", data: { rings: 2 }, from: "host" };
      expect(await bench.call("event", "handle", [event])).toBeUndefined();
      expect(await bench.ask("storeKeys")).toContain("handled outside.bell");
    },
  },
  {
    title: "a middleware changes a request, or answers in the handler's place",
    run: async (bench) => {
      expect(await bench.call("middleware", "before", [request])).toMatchObject({ headers: { "x-probe": "before" } });
      const answer = (await bench.call("middleware", "before", [{ ...request, path: "/closed" }])) as {
        body: Uint8Array;
      };
      expect(answer).toMatchObject({ status: 403 });
      expect(new TextDecoder().decode(answer.body)).toBe("closed");
    },
  },
  {
    title: "a middleware changes an answer",
    run: async (bench) => {
      const response = { status: 200, headers: { a: "b" }, body: bytes("ok") };
      expect(await bench.call("middleware", "after", [request, response])).toMatchObject({
        status: 200,
        headers: { a: "b", "x-probe": "after" },
      });
    },
  },
  {
    title: "a handler answers with bytes made of bytes",
    run: async (bench) => {
      const answer = (await bench.call("handler", "handle", [{ ...request, body: bytes("abc") }])) as {
        body: Uint8Array;
      };
      expect(answer).toMatchObject({ status: 200, headers: { "x-length": "3" } });
      expect(new TextDecoder().decode(answer.body)).toBe("cba");
    },
  },
  {
    title: "a service's methods are members",
    run: async (bench) => {
      expect(await bench.ask("increment")).toBe(1);
      expect(await bench.ask("increment")).toBe(2);
    },
  },
];
