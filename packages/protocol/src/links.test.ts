import { systemClock } from "@berth/base";
import { duplexPair } from "node:stream";
import { MessageChannel } from "node:worker_threads";
import { expect, test } from "vitest";
import { Peer } from "./peer.ts";
import { portLink } from "./port-link.ts";
import { socketLink } from "./socket-link.ts";

const VALUES: unknown[] = [
  null,
  -1.5,
  2 ** 40,
  "text é 😀",
  "x".repeat(100_000),
  [1, [2, { a: null }]],
  { bytes: new Uint8Array([0, 255, 193]), $bytes: 1, $bytesLeft: { $bytes: "x" } },
  new Uint8Array(200_000).fill(7),
];

test("values cross a port as they are", async () => {
  const { port1, port2 } = new MessageChannel();
  using host = new Peer({ link: portLink(port1), clock: systemClock });
  using plugin = new Peer({ link: portLink(port2), clock: systemClock, side: "plugin" });
  plugin.handle("echo", (params) => params);
  expect(await Promise.all(VALUES.map((value) => host.request("echo", value)))).toEqual(VALUES);
});

test.for([false, true])("values cross a socket as they are, binary %s", async (isBinary) => {
  const [one, other] = duplexPair();
  const hostLink = socketLink(one);
  const pluginLink = socketLink(other);
  using host = new Peer({ link: hostLink, clock: systemClock });
  using plugin = new Peer({ link: pluginLink, clock: systemClock, side: "plugin" });
  if (isBinary) for (const link of [hostLink, pluginLink]) link.useBinary();
  plugin.handle("echo", (params) => params);
  expect(await Promise.all(VALUES.map((value) => host.request("echo", value)))).toEqual(VALUES);
});
