import { join } from "node:path";
import type { CommandOutput } from "@berth/sdk";
import { createTestHost, type TestHost } from "@berth/testing";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Engine, openEngine, podmanMissing } from "./podman.ts";

const missing = podmanMissing();
if (missing !== undefined) console.log(`The executor docker is not tried against Podman: ${missing}`);

const PLUGIN = join(import.meta.dirname, "..");

describe.skipIf(missing !== undefined)("executor/docker against Podman", () => {
  let engine: Engine;
  let host: TestHost;
  beforeAll(async () => {
    engine = await openEngine();
    host = await createTestHost({ plugins: [PLUGIN] });
  }, 120_000);
  afterAll(async () => {
    await host[Symbol.asyncDispose]();
    await engine[Symbol.asyncDispose]();
  }, 60_000);

  let count = 0;
  const run = async (script: string, more: object = {}, signal?: AbortSignal, onOutput?: () => void) => {
    const config = { host: `unix://${engine.socket}`, image: "tiny", pull: "never", network: "none", ...more };
    const instance = host.instance({ contribution: "executor/docker", instanceId: `i${count++}`, config });
    const parts: CommandOutput[] = [];
    const emit = (output: CommandOutput): void => {
      parts.push(output);
      onOutput?.();
    };
    const request = { command: "sh", args: ["-c", script], env: { GREETING: "it's $HOME" } };
    const call = {
      signal: signal ?? new AbortController().signal,
      deadline: Infinity,
      attempt: 1,
      caller: "test",
      permissions: [],
      correlationId: "1",
    };
    const result = await instance.method("execute")([request, emit], call);
    const of = (stream: string): string =>
      Buffer.concat(parts.filter((part) => part.stream === stream).map(({ bytes }) => bytes)).toString("latin1");
    return { result, out: of("stdout"), err: of("stderr") };
  };

  test("streams both outputs apart, byte for byte, and gives the exit code [RPT-65, RPT-74, RPT-163]", async () => {
    const script = "printf 'a\\000b'; printf 'oops\\377' >&2; echo \"$GREETING\"; head -c 300000 /dev/zero; exit 7";
    const { result, out, err } = await run(script);
    expect(result).toMatchObject({ exitCode: 7 });
    expect([out.slice(0, 14), out.length, err]).toEqual(["a\0bit's $HOME\n", 300_014, "oops\xff"]);
    expect(engine.containers()).toEqual([]);
  }, 60_000);

  test("stops the container when the caller gives up, and removes it [RPT-65]", async () => {
    const caller = new AbortController();
    const { promise: started, resolve: onOutput } = Promise.withResolvers<void>();
    const ended = run("echo started; sleep 1000", { grace: "1s" }, caller.signal, onOutput).catch(() => undefined);
    await started;
    caller.abort(new Error("enough"));
    await ended;
    while (engine.containers().length > 0) await new Promise(setImmediate);
    expect(engine.containers()).toEqual([]);
  }, 30_000);

  test("says what the engine said when there is no such image [RPT-65]", async () => {
    await expect(run("true", { image: "nowhere.invalid/none:1" })).rejects.toMatchObject({
      message: expect.stringMatching(/^Cannot create a container: the engine answered 404: /),
    });
  }, 60_000);
});
