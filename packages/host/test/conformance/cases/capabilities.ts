import { expect } from "vitest";
import type { ConformanceCase } from "../conformance-case.ts";

/** What the host does for a plugin, with leave and without. */
export const CAPABILITIES: readonly ConformanceCase[] = [
  {
    title: "the store keeps values of every shape, and gives undefined for what is not there",
    run: async (bench) => {
      await bench.ask("storeDelete");
      expect(await bench.ask("storeGet")).toBe("absent");
      for (const value of [{ a: [1, null, "x"] }, "text", 0, false]) {
        await bench.ask("storeSet", value);
        expect(await bench.ask("storeGet")).toEqual(value);
      }
      expect(await bench.ask("storeKeys")).toContain("value");
      expect([await bench.ask("storeDelete"), await bench.ask("storeDelete")]).toEqual([true, false]);
    },
  },
  {
    title: "its own files are written, added to, read, listed, measured and removed",
    run: async (bench) => {
      expect(await bench.ask("fileRoundTrip", "żółć")).toEqual({
        text: "żółć",
        entries: [{ name: "note.txt", kind: "file" }],
        size: 8,
        isGone: true,
      });
    },
  },
  {
    title: "a file of bytes comes back as it was",
    run: async (bench) => {
      const bytes = Uint8Array.from({ length: 300_000 }, (_, place) => place % 251);
      const answer = (await bench.ask("binaryFile", bytes)) as Uint8Array;
      expect(Buffer.compare(answer, bytes)).toBe(0);
    },
  },
  {
    title: "a file that was not granted is refused",
    run: async (bench) => {
      await expect(bench.ask("readOutside", "/etc/hostname")).rejects.toMatchObject({ code: "PERMISSION_DENIED" });
    },
  },
  {
    title: "fetch gives status, headers and body",
    run: async (bench) => {
      expect(await bench.ask("fetchText", `${bench.url}/hello`)).toEqual({
        status: 200,
        text: "GET /hello yes",
        type: "text/plain",
      });
      expect(await bench.ask("fetchText", `${bench.url}/teapot`)).toMatchObject({ status: 418 });
    },
  },
  {
    title: "fetch sends a body",
    run: async (bench) => {
      expect(await bench.ask("post", { url: `${bench.url}/in`, text: "żółć" })).toBe("POST /in none żółć");
    },
  },
  {
    title: "fetch of a host that was not granted is refused",
    run: async (bench) => {
      await expect(bench.ask("fetchText", "http://127.0.0.1:9/")).rejects.toMatchObject({ code: "PERMISSION_DENIED" });
    },
  },
  {
    title: "fetch ends with the call it belongs to",
    run: async (bench) => {
      const controller = new AbortController();
      const waiting = bench.ask("fetchAbort", `${bench.url}/never`, { signal: controller.signal });
      setImmediate(() => controller.abort(new Error("enough")));
      await expect(waiting).rejects.toBeInstanceOf(Error);
      expect(await bench.ask("echo", "alive")).toBe("alive");
    },
  },
  {
    title: "a granted secret is given, and not shown by accident",
    run: async (bench) => {
      expect(await bench.ask("secret", "PROBE_TOKEN")).toEqual({ shown: "[secret]", length: 18 });
    },
  },
  {
    title: "a secret that was not granted is refused",
    run: async (bench) => {
      await expect(bench.ask("secret", "OTHER")).rejects.toMatchObject({ code: "PERMISSION_DENIED" });
    },
  },
  {
    title: "a granted variable of the environment is given, another refused",
    run: async (bench) => {
      expect(await bench.ask("env", "PROBE_PLACE")).toBe("here");
      await expect(bench.ask("env", "OTHER")).rejects.toMatchObject({ code: "PERMISSION_DENIED" });
    },
  },
  {
    title: "a granted service of the host is called",
    run: async (bench) => expect(await bench.ask("callMachine")).toMatchObject({ platform: process.platform }),
  },
  {
    title: "a service that was asked for and not granted is refused",
    run: async (bench) => {
      await expect(bench.ask("callMissing", "runs")).rejects.toMatchObject({ code: "PERMISSION_DENIED" });
    },
  },
  {
    title: "a program that was not granted is refused",
    run: async (bench) => {
      await expect(bench.ask("exec", "true")).rejects.toMatchObject({ code: "PERMISSION_DENIED" });
    },
  },
  {
    title: "a line of the log arrives with its fields, under the plugin's name",
    run: async (bench) => {
      await bench.ask("log", `a line from ${bench.tier}`);
      // The line went out before the answer.
      expect(bench.host.records.find(({ message }) => message === `a line from ${bench.tier}`)).toMatchObject({
        level: "info",
        source: "plugin/conformance",
        fields: { from: "probe" },
      });
    },
  },
  {
    title: "a timer of the host's fires in the plugin",
    run: async (bench) => expect(await bench.ask("tick", 100)).toBe("ticked"),
  },
];
