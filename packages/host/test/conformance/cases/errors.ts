import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { causeChain } from "@berth/base";
import { HostError } from "@berth/contract";
import { expect } from "vitest";
import type { ConformanceBench } from "../bench.ts";
import type { ConformanceCase } from "../conformance-case.ts";

async function failureOf(bench: ConformanceBench, method: string, input: unknown = null): Promise<Error> {
  try {
    await bench.ask(method, input);
  } catch (error) {
    if (error instanceof Error) return error;
    throw new TypeError(`${method} threw ${typeof error}, which is no error`, { cause: error });
  }
  throw new Error(`${method} must fail`);
}

/** How failures come back, and that they hurt nobody else. */
export const ERRORS: readonly ConformanceCase[] = [
  {
    title: "what a method throws rejects with its message",
    run: async (bench) => expect((await failureOf(bench, "fail", "boom")).message).toContain("boom"),
  },
  {
    title: "what a method rejects with later rejects with its message",
    run: async (bench) => expect((await failureOf(bench, "failLater", "later")).message).toContain("later"),
  },
  {
    title: "a typed error keeps code, message and details",
    run: async (bench) => {
      const error = await failureOf(bench, "failTyped", "row 3");
      expect(error).toMatchObject({
        code: "CONFIG_INVALID",
        message: "the place is wrong",
        details: { place: "row 3" },
      });
    },
  },
  {
    title: "causes are kept, nearest first",
    run: async (bench) => {
      const chain = causeChain(await failureOf(bench, "failDeep")).join(" | ");
      expect(chain).toMatch(/cannot save.*the disk is full.*no space/);
    },
  },
  {
    title: "a stack names line and column of the source, types and all",
    run: async (bench) => {
      const lines = (await readFile(join(import.meta.dirname, "../plugin/src/errors.ts"), "utf8")).split("\n");
      const line = lines.findIndex((text) => text.includes('new Error("here")'));
      const column = lines[line]!.indexOf('new Error("here")');
      expect(await bench.ask("place")).toContain(`errors.ts:${line + 1}:${column + 1}`);
    },
    except: { wasm: "a component is built of a bundle" },
  },
  {
    title: "a plugin in TypeScript has no compiler of its own",
    run: async (bench) => expect(await bench.ask("compilers")).toEqual([]),
    except: { inline: "the host's process may have one" },
  },
  {
    title: "text that is thrown is an error with that text",
    run: async (bench) => expect((await failureOf(bench, "failWithText")).message).toContain("just text"),
    except: { inline: "what is thrown reaches the endpoint as it is, which makes an error of it" },
  },
  {
    title: "nothing that is thrown is an error all the same",
    run: async (bench) => expect(await failureOf(bench, "failWithNothing")).toBeInstanceOf(Error),
    except: { inline: "what is thrown reaches the endpoint as it is, which makes an error of it" },
  },
  {
    title: "a plugin cannot claim that the host is at fault",
    run: async (bench) => {
      const error = await failureOf(bench, "failAsHost");
      expect((error as HostError).info.fault).toBe("plugin");
    },
    except: { inline: "trusted code, in the host's own thread" },
  },
  {
    title: "a message of a megabyte is bounded",
    run: async (bench) => {
      const { message } = await failureOf(bench, "failLong", 1_048_576);
      expect(message.length).toBeLessThan(20_000);
      expect(message).toContain("xxx");
    },
    except: { inline: "values are handed over by reference" },
  },
  {
    title: "an answer that cannot be sent is the plugin's failure, and the plugin goes on",
    run: async (bench) => {
      await failureOf(bench, "unclonable");
      expect(await bench.ask("echo", 1)).toBe(1);
    },
    except: { inline: "values are handed over by reference" },
  },
  {
    title: "an answer in a circle is the plugin's failure or comes whole, and the plugin goes on",
    run: async (bench) => {
      await bench.ask("cyclic").catch((error: unknown) => expect(error).toBeInstanceOf(HostError));
      expect(await bench.ask("echo", 2)).toBe(2);
    },
  },
  {
    title: "a member that is not there is named",
    run: async (bench) => {
      await expect(bench.ask("absent")).rejects.toMatchObject({ code: "CALL_UNKNOWN_CONTRIBUTION" });
    },
  },
  {
    title: "a member of every object is no method of a plugin's",
    run: async (bench) => {
      await expect(bench.ask("constructor")).rejects.toMatchObject({ code: "CALL_UNKNOWN_CONTRIBUTION" });
    },
  },
  {
    title: "a configuration that does not fit is refused with every place",
    run: async (bench) => {
      await using wrong = bench.instance("source", "wrong", { titel: "x", count: 99 });
      await expect(wrong.open(AbortSignal.timeout(20_000))).rejects.toMatchObject({
        code: "CONFIG_INVALID",
        details: { instance: "wrong", issues: [{ path: ["titel"] }, { path: ["count"] }] },
      });
    },
  },
  {
    title: "a configuration is checked without an instance",
    run: async (bench) => {
      const plugin = bench.host.plugins.get("conformance");
      const signal = AbortSignal.timeout(20_000);
      expect(await plugin.checkConfig("source/probe", { title: "x" }, signal)).toEqual([]);
      expect(await plugin.checkConfig("source/probe", { title: 5 }, signal)).toMatchObject([{ path: ["title"] }]);
    },
  },
  {
    title: "an instance that cannot be made tells why",
    run: async (bench) => {
      await using refused = bench.instance("source", "refused", { title: "refused" });
      await expect(refused.open(AbortSignal.timeout(20_000))).rejects.toThrow("this title cannot work");
    },
  },
  {
    title: "a failure in one call leaves another that is under way alone",
    run: async (bench) => {
      const slow = bench.ask("tick", 150);
      await failureOf(bench, "fail", "boom");
      expect(await slow).toBe("ticked");
    },
  },
];
