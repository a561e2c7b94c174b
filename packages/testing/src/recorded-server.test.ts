import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ManualClock } from "@berth/base";
import { describe, expect, test } from "vitest";
import { openRecordedServer } from "./recorded-server.ts";
import type { Recording } from "./recording.ts";

const oslo: Recording = {
  request: { path: "/now", query: { city: "Oslo" } },
  response: { status: 200, body: { city: "Oslo", temperature: 12 } },
};
const anywhere: Recording = {
  request: { path: "/now" },
  response: { status: 200, headers: { "x-recorded": "yes" }, body: { city: "somewhere", temperature: 20 } },
};
const refused: Recording = {
  mode: "unauthorized",
  request: { path: "/now" },
  response: { status: 401, body: { cod: 401 } },
};
const recordings = [anywhere, oslo, refused];

describe("openRecordedServer", () => {
  test("replays the recording whose parameters fit best, and keeps what it was asked", async () => {
    const clock = new ManualClock(1_000);
    await using server = await openRecordedServer({ recordings, clock });
    const first = await fetch(`${server.url}/now?city=Oslo&units=metric`, { headers: { "x-test": "1" } });
    expect(await first.json()).toEqual({ city: "Oslo", temperature: 12 });
    const second = await fetch(`${server.url}/now?city=Rome`);
    expect(await second.json()).toEqual({ city: "somewhere", temperature: 20 });
    expect(second.headers.get("x-recorded")).toBe("yes");
    expect(server.requests).toMatchObject([
      { method: "GET", path: "/now", query: { city: "Oslo", units: "metric" }, headers: { "x-test": "1" }, at: 1_000 },
      { query: { city: "Rome" } },
    ]);
  });

  test("says which paths there are when nothing fits", async () => {
    await using server = await openRecordedServer({ recordings });
    const answer = await fetch(`${server.url}/then`);
    expect([answer.status, await answer.text()]).toEqual([501, "No recording fits /then; there are /now"]);
  });

  test("reads recordings from a folder", async () => {
    const folder = await mkdtemp(join(tmpdir(), "berth-recordings-"));
    try {
      await writeFile(join(folder, "now.json"), JSON.stringify(oslo));
      await writeFile(join(folder, "notes.txt"), "not a recording");
      await using server = await openRecordedServer({ recordings: folder });
      expect(await (await fetch(`${server.url}/now?city=Oslo`)).json()).toMatchObject({ temperature: 12 });
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  test("answers with the recording made for a mode, or derives one", async () => {
    await using server = await openRecordedServer({ recordings });
    server.use("unauthorized");
    const answer = await fetch(`${server.url}/now`);
    expect([answer.status, await answer.json()]).toEqual([401, { cod: 401 }]);
    server.use("rate-limited", { retryAfter: "7" });
    const limited = await fetch(`${server.url}/now`);
    expect([limited.status, limited.headers.get("retry-after")]).toEqual([429, "7"]);
  });

  test.each([
    ["server-error", 500, "<h1>Internal Server Error</h1>"],
    ["missing-fields", 200, "{}"],
    ["wrong-type", 200, "<!doctype html><title>Sign in</title>"],
    ["malformed", 200, '{"city":"somewhere","temperature":2,,'],
  ] as const)("%s answers with status %i", async (mode, status, body) => {
    await using server = await openRecordedServer({ recordings });
    server.use(mode);
    const answer = await fetch(`${server.url}/now`);
    expect([answer.status, await answer.text()]).toEqual([status, body]);
  });

  test("redirect names another place and is not followed by itself", async () => {
    await using server = await openRecordedServer({ recordings });
    server.use("redirect");
    const answer = await fetch(`${server.url}/now`, { redirect: "manual" });
    expect([answer.status, answer.headers.get("location")]).toEqual([
      302,
      "http://sign-in.example/portal?from=somewhere",
    ]);
  });

  test("truncated ends the connection in the middle of the body", async () => {
    await using server = await openRecordedServer({ recordings });
    server.use("truncated");
    const answer = await fetch(`${server.url}/now`);
    await expect(answer.text()).rejects.toThrow();
  });

  test("huge sends more than ten megabytes", async () => {
    await using server = await openRecordedServer({ recordings });
    server.use("huge");
    const body = await (await fetch(`${server.url}/now`)).arrayBuffer();
    expect(body.byteLength).toBeGreaterThan(10 * 1024 * 1024);
  });

  test("slow holds the answer until it is released", async () => {
    await using server = await openRecordedServer({ recordings });
    server.use("slow");
    const answering = fetch(`${server.url}/now`);
    await server.whenHeld();
    expect(server.heldAnswers).toBe(1);
    server.release();
    expect(await (await answering).json()).toMatchObject({ temperature: 20 });
    expect(server.heldAnswers).toBe(0);
  });

  test("slow forgets an answer whose client gave up, and closing does not wait for the rest", async () => {
    await using server = await openRecordedServer({ recordings });
    server.use("slow");
    const giveUp = new AbortController();
    const answering = fetch(`${server.url}/now`, { signal: giveUp.signal });
    await server.whenHeld();
    giveUp.abort(new Error("enough"));
    await expect(answering).rejects.toThrow("enough");
    await expect.poll(() => server.heldAnswers).toBe(0);
  });

  test("a mode can hold for one path, or for some requests only", async () => {
    const then: Recording = { request: { path: "/then" }, response: { status: 200, body: "later" } };
    await using server = await openRecordedServer({ recordings: [...recordings, then] });
    server.use("server-error", { path: "/now", times: 1 });
    const statuses = [];
    for (const path of ["/then", "/now", "/now"]) statuses.push((await fetch(server.url + path)).status);
    expect(statuses).toEqual([200, 500, 200]);
    server.use("server-error", { query: { city: "Oslo" } });
    const cities = await Promise.all(["Oslo", "Rome"].map((city) => fetch(`${server.url}/now?city=${city}`)));
    expect(cities.map(({ status }) => status)).toEqual([500, 200]);
  });
});
