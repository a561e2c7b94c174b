import { join } from "node:path";
import { fetchJson } from "@berth/sdk";
import { createTestContext, openRecordedServer, openTestSource } from "@berth/testing";
import { expect, test } from "vitest";

const folder = join(import.meta.dirname, "../plugins/hello-source");
const recordings = [{ request: { path: "/hello.json" }, response: { status: 200, body: { message: "Good morning" } } }];

test("a source as the host opens it: manifest, permissions and configuration are part of the test", async () => {
  await using server = await openRecordedServer({ recordings });
  await using source = await openTestSource({ folder, source: "hello", config: { url: `${server.url}/hello.json` } });
  expect((await source.fetch())?.lines).toEqual(["Good morning"]);
});

test("a bad day of the service: the message tells the operator what happened", async () => {
  await using server = await openRecordedServer({ recordings });
  await using source = await openTestSource({ folder, source: "hello", config: { url: `${server.url}/hello.json` } });
  server.use("rate-limited", { retryAfter: "30" });
  await expect(source.fetch()).rejects.toThrow("had too many requests (429); it asks to wait 30 s");
});

test("a part that takes ctx: a context that allows what the test names, and keeps what was done", async () => {
  await using server = await openRecordedServer({ recordings });
  const { ctx, logs, store } = createTestContext({ fetchAllowed: [server.host], now: () => Date.UTC(2026, 0, 1) });
  const url = `${server.url}/hello.json`;
  const answer = await fetchJson(ctx, { service: "The server", url, signal: new AbortController().signal });
  await ctx.store.set("seen", { at: ctx.now(), message: answer.text("message") ?? "" });
  expect(store.get("seen")).toEqual({ at: 1_767_225_600_000, message: "Good morning" });
  expect(logs).toEqual([]);
});
