import { join } from "node:path";
import type { CommandOutput } from "@berth/sdk";
import { createTestHost } from "@berth/testing";
import { expect, test } from "vitest";
import { openStandIn, type StandIn } from "./engine-stand-in.ts";

const PLUGIN = join(import.meta.dirname, "..");
const COMMAND = { command: "echo", args: ["a"], env: { A: "1" }, cwd: "/work" };

async function run(engine: StandIn, config: object, tier: "inline" | "worker" = "inline") {
  const tiers = { docker: { enabled: true, isolation: tier, accept_unenforced: [] } };
  await using host = await createTestHost({ plugins: [PLUGIN], config: { plugins: tiers } });
  const whole = { host: `unix://${engine.socket}`, image: "tiny", ...config };
  const instance = host.instance({ contribution: "executor/docker", instanceId: "it", config: whole });
  const parts: CommandOutput[] = [];
  const emit = (output: CommandOutput): void => void parts.push(output);
  const call = {
    signal: new AbortController().signal,
    deadline: Infinity,
    attempt: 1,
    caller: "test",
    permissions: [],
    correlationId: "1",
  };
  const result = await instance.method("execute")([COMMAND, emit], call);
  const of = (stream: string): string =>
    Buffer.concat(parts.filter((part) => part.stream === stream).map(({ bytes }) => bytes)).toString();
  return { result, out: of("stdout"), err: of("stderr") };
}

test.each(["inline", "worker"] as const)(
  "executor/docker in the tier %s splits the stream wherever it is cut, and removes the container [RPT-65, RPT-74]",
  async (tier) => {
    await using engine = await openStandIn();
    expect(await run(engine, { mounts: ["/here:/there:ro"] }, tier)).toMatchObject({
      result: { exitCode: 3, signal: null },
      out: "out\nmore",
      err: "err\n",
    });
    const [create, ...rest] = engine.asked;
    expect(JSON.parse(create!.slice("POST /containers/create ".length))).toMatchObject({
      Image: "tiny",
      Cmd: ["echo", "a"],
      Env: ["A=1"],
      WorkingDir: "/work",
      HostConfig: { Binds: ["/here:/there:ro"] },
    });
    expect(rest).toEqual([
      "POST /containers/c0ffee/attach?stream=1&stdout=1&stderr=1",
      "POST /containers/c0ffee/start",
      "POST /containers/c0ffee/wait",
      "DELETE /containers/c0ffee?force=1&v=1",
    ]);
  },
);

test("executor/docker pulls an image that is missing, unless it may not [RPT-65]", async () => {
  await using engine = await openStandIn();
  engine.hasImage = false;
  await expect(run(engine, { pull: "never" })).rejects.toMatchObject({
    message: "Cannot create a container: the engine answered 404: No such image: tiny:latest",
  });
  expect(await run(engine, {})).toMatchObject({ result: { exitCode: 3 } });
  expect(engine.asked).toContain("POST /images/create?fromImage=tiny%3Alatest");
});

test("executor/docker takes the command for the image where none is configured [RPT-90]", async () => {
  await using engine = await openStandIn();
  await run(engine, { image: undefined });
  expect(JSON.parse(engine.asked[0]!.slice("POST /containers/create ".length))).toMatchObject({
    Image: "echo",
    Cmd: ["a"],
  });
});

test("executor/docker wants an engine it can reach [RPT-79]", async () => {
  await using engine = await openStandIn();
  await expect(run(engine, { host: "ssh://somewhere" })).rejects.toMatchObject({
    code: "CONFIG_INVALID",
    message: expect.stringContaining("host must be unix:///PATH or http://ADDRESS:PORT"),
  });
});

test("executor/docker is closed only when the container of a run that was given up is removed [RPT-65]", async () => {
  await using engine = await openStandIn();
  engine.isEndless = true;
  await using host = await createTestHost({ plugins: [PLUGIN] });
  const config = { host: `unix://${engine.socket}`, image: "tiny" };
  const instance = host.instance({ contribution: "executor/docker", instanceId: "it", config });
  const caller = new AbortController();
  const { promise: started, resolve } = Promise.withResolvers<void>();
  const call = {
    signal: caller.signal,
    deadline: Infinity,
    attempt: 1,
    caller: "test",
    permissions: [],
    correlationId: "1",
  };
  const ended = instance
    .method("execute")([COMMAND, () => resolve()], call)
    .catch(() => "ended");
  await started;
  caller.abort(new Error("enough"));
  await instance[Symbol.asyncDispose]();
  expect(engine.asked.at(-1)).toBe("DELETE /containers/c0ffee?force=1&v=1");
  await ended;
});
