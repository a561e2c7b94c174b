import { once } from "node:events";
import { connect } from "node:net";
import type { PluginToWrite } from "@berth/testing";
import { describe, expect, test } from "vitest";
import { type HostProcess, startBerth, startHost } from "./host-process.ts";
import { openProject, type Project } from "./run-cli.ts";

const tags = ["slow"];

/** It stops when it is told to by a second signal only, or when its five seconds are over. */
const clock: PluginToWrite = {
  name: "clock",
  provides: { source: ["clock"] },
  manifest: '[runtime]\nload = "eager"',
  source: `
    import { definePlugin, defineSource } from "@berth/sdk";
    export default definePlugin({
      stop: () => new Promise((resolve) => setTimeout(resolve, 3_000)),
      provides: [defineSource("clock", { create: () => ({ fetch: async () => ({ title: "Hi", lines: [] }) }) })],
    });`,
};

async function openListening(http = '"0"'): Promise<Project> {
  const project = await openProject({ plugins: [clock], sources: [{ id: "one" }] });
  const text = await project.read("berth.yaml");
  await project.write("berth.yaml", `http: { listen: ${http} }\n${text}`);
  return project;
}

/** The address that it told. */
async function addressOf(host: HostProcess): Promise<string> {
  await host.said(/Listening at http:\S+/);
  return /http:\/\/[\d.]+:\d+/.exec(host.texts.err)![0];
}

async function statusOf(address: string, path: string): Promise<number> {
  const answer = await fetch(`${address}${path}`, { signal: AbortSignal.timeout(20_000) });
  await answer.text();
  return answer.status;
}

describe("the HTTP server of a host", { tags }, () => {
  test("answers probes by berth run, and while its plugins stop: alive, and not ready [BWK-4]", async () => {
    await using project = await openListening();
    await using host = await startHost(project);
    const address = await addressOf(host);
    expect(JSON.parse(host.texts.out.split("\n").find((line) => line.includes('"event":"ready"'))!)).toMatchObject({
      http: address,
    });
    expect(await statusOf(address, "/readyz")).toBe(200);
    expect(await (await fetch(`${address}/health`)).json()).toMatchObject({ ready: true, phase: "serving" });
    host.kill("SIGTERM");
    await host.said(/Stopping: letting calls finish/);
    expect([await statusOf(address, "/livez"), await statusOf(address, "/readyz")]).toEqual([200, 503]);
    const { code } = await host.ended;
    expect(code).toBe(143);
    const [, ip, port] = /http:\/\/([\d.]+):(\d+)/.exec(address)!;
    const socket = connect(Number(port), ip);
    expect((await once(socket, "error").catch((error: unknown) => [error]))[0]).toMatchObject({ code: "ECONNREFUSED" });
  });

  test("is there for berth signage run as well", async () => {
    await using project = await openListening();
    await using host = startBerth(project, ["signage", "run"]);
    const address = await addressOf(host);
    await expect.poll(() => statusOf(address, "/readyz"), { timeout: 20_000 }).toBe(200);
    host.kill("SIGINT");
    expect((await host.ended).code).toBe(130);
  });

  test("keeps no slow or greedy client for long, and answers others meanwhile", async () => {
    await using project = await openListening();
    await using host = await startHost(project);
    const address = await addressOf(host);
    const port = Number(/\d+$/.exec(address)![0]);
    // Half a request each; more than there are places for.
    const slow = Array.from({ length: 100 }, () => {
      const socket = connect(port, "127.0.0.1").on("error", () => undefined);
      socket.write("GET /livez HTTP/1.1\r\nhost: 127");
      return { socket, closed: new Promise<void>((resolve) => void socket.once("close", () => resolve())) };
    });
    await Promise.all(slow.map(({ closed }) => closed));
    expect(await statusOf(address, "/livez")).toBe(200);
  });

  test("refuses an address that is none, with its place", async () => {
    await using project = await openListening("example.org:80");
    const { code, err } = await project.run(["run"]);
    expect(code).toBe(2);
    expect(err).toContain("berth.yaml:1:17 http.listen: must be PORT, ADDRESS:PORT or [IPV6]:PORT");
  });
});
