import { getHeapSpaceStatistics, setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { MessageChannel } from "node:worker_threads";
import { ManualClock, systemClock } from "@berth/base";
import { Peer, portLink } from "@berth/protocol";
import { afterAll, describe, expect, test } from "vitest";
import { OutputLog } from "../../src/plugin-output/output-log.ts";
import { holdEnd } from "../../src/remote/hold-end.ts";
import { NamedCalls } from "../../src/remote/named-calls.ts";
import { serveCapabilities } from "../../src/remote/serve-capabilities.ts";
import { aCall } from "../remote/open-request.ts";

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as (options?: { type: "minor" }) => void;

const COUNT = 1_000;
/** Short collections that a thing must live through to be among the old objects. */
const TO_BE_OLD = 2;

function oldBytes(): number {
  return getHeapSpaceStatistics().find(({ space_name }) => space_name === "old_space")!.space_used_size;
}

/** What is left of each of many things among the old objects, bytes, where only short collections of garbage look for it. */
async function leftOfEach(make: () => unknown): Promise<number> {
  const makeAll = async (): Promise<void> => {
    for (let made = 0; made < COUNT; made++) {
      await make();
      if (made % 50 === 0) for (let times = 0; times < TO_BE_OLD; times++) collect({ type: "minor" });
    }
  };
  await makeAll(); // What is compiled once is old too.
  collect();
  const before = oldBytes();
  await makeAll();
  return (oldBytes() - before) / COUNT;
}

/** Bytes. A table, a function or a description of a property that is left behind takes more, not to speak of what it holds. */
const NEXT_TO_NOTHING = 80;

describe("Short collections find all that is left", () => {
  const { port1, port2 } = new MessageChannel();
  const host = new Peer({ link: portLink(port1), clock: systemClock });
  const plugin = new Peer({ link: portLink(port2), clock: systemClock, side: "plugin" });
  plugin.handle("call", (params) => params);
  afterAll(() => {
    host.close();
    plugin.close();
  });

  test("of a request that could be given up", async () => {
    const ask = (): unknown => host.request("call", { a: 1 }, { signal: new AbortController().signal });
    expect(await leftOfEach(ask)).toBeLessThan(NEXT_TO_NOTHING);
  });

  test("of a call that a plugin may name", async () => {
    const named = new NamedCalls(undefined);
    const handle = (): void => named.leave(named.enter(aCall()));
    expect(await leftOfEach(handle)).toBeLessThan(NEXT_TO_NOTHING);
  });

  test("of a link that tells of its end apart", async () => {
    const link = portLink(port1);
    expect(await leftOfEach(() => holdEnd(link, () => undefined))).toBeLessThan(NEXT_TO_NOTHING);
  });

  test("of what answers a plugin", async () => {
    const clock = new ManualClock();
    const serve = (): unknown => {
      const peer = { handle: () => undefined, listen: () => undefined } as unknown as Peer;
      return serveCapabilities(
        peer,
        () => ({}) as never,
        () => clock.now(),
      );
    };
    expect(await leftOfEach(serve)).toBeLessThan(NEXT_TO_NOTHING);
  });

  test("of what bounds a plugin's output", async () => {
    const clock = new ManualClock();
    const onLine = (): void => undefined;
    const hear = (): void => {
      using log = new OutputLog({ clock, linesPerSecond: 1, onLine, onLimit: onLine });
      log.push("stdout", Buffer.from("one\n"));
    };
    expect(await leftOfEach(hear)).toBeLessThan(NEXT_TO_NOTHING);
  });
});
