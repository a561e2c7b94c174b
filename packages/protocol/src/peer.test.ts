import { systemClock } from "@berth/base";
import { expect, test } from "vitest";
import { pairedPeers } from "../test/paired-peers.ts";

test("a request is answered, and a handler's error comes back typed", async () => {
  using pair = pairedPeers(systemClock);
  pair.plugin.handle("double", (params) => (params as number) * 2);
  expect(await pair.host.request("double", 21)).toBe(42);
  await expect(pair.host.request("halve", 21)).rejects.toMatchObject({ code: "CONTRACT_BROKEN" });
});

test("a stream carries items in order to its end", async () => {
  using pair = pairedPeers(systemClock);
  const stream = pair.host.openStream();
  pair.plugin.handle("sum", async (params) => {
    const items = pair.plugin.acceptStream((params as { stream: number }).stream);
    let sum = 0;
    for (let item = await items.read(); item !== undefined; item = await items.read()) sum += item as number;
    items.end();
    return sum;
  });
  const sum = pair.host.request("sum", { stream: stream.id });
  for (let i = 0; i < 50_000; i++) await stream.write(1);
  stream.end();
  expect(await sum).toBe(50_000);
});
