import { ManualClock } from "@berth/base";
import { Peer, type Stream } from "@berth/protocol";
import { describe, expect, test } from "vitest";
import { NEVER } from "../../test/remote/open-request.ts";
import { NearEnd, openOver } from "../../test/remote/thread-of-its-own.ts";

const ORDER = { kind: "cpu", durationMs: 1_000, maxBytes: 1_000 } as const;
const take = async (): Promise<void> => undefined;

/** A plugin's end that answers a look as it likes. */
async function openOdd(answer: (stream: Stream) => Promise<unknown>, inspects: unknown = true) {
  const end = new NearEnd();
  const clock = new ManualClock();
  const peer = new Peer({ link: end.pluginLink, clock, side: "plugin" });
  peer.handle("hello", () => ({ protocol: 1, contributions: [], inspects }));
  peer.handle("guest.inspect", (params) => answer(peer.acceptStream((params as { stream: unknown }).stream)));
  return { channel: await openOver(end, { clock }), clock };
}

describe("RemoteChannel.inspect", () => {
  test("is refused where the other end cannot look at itself [BWK-12]", async () => {
    const { channel } = await openOdd(async () => ({}), "perhaps");
    await using _owned = channel;
    await expect(channel.inspect(ORDER, take, NEVER)).rejects.toMatchObject({
      code: "TIER_UNAVAILABLE",
      message: expect.stringContaining("other languages have tools of their own"),
    });
  });

  test.each([
    ["a head that is none", async (stream: Stream) => stream.write("begun"), "PROTOCOL_BROKEN"],
    ["an address without end", async (stream: Stream) => stream.write({ guest: "x".repeat(5_000) }), "PROTOCOL_BROKEN"],
    [
      "text for bytes",
      async (stream: Stream) => {
        await stream.write({ guest: "" });
        await stream.write("text");
      },
      "PROTOCOL_BROKEN",
    ],
    [
      "more than is wanted",
      async (stream: Stream) => {
        await stream.write({ guest: "" });
        await stream.write(new Uint8Array(1_001));
      },
      "LIMIT_EXCEEDED",
    ],
  ])("takes nothing at its word: %s [BWK-12]", async (_title, answer, code) => {
    const { channel } = await openOdd(answer);
    await using _owned = channel;
    await expect(channel.inspect(ORDER, take, NEVER)).rejects.toMatchObject({ code });
  });

  test("gives up on one that says nothing, at once or later, and when nobody waits any more [BWK-12]", async () => {
    const begun = Promise.withResolvers<void>();
    const { channel, clock } = await openOdd(async () => {
      begun.resolve();
      return new Promise(() => undefined);
    });
    await using _owned = channel;
    const silent = channel.inspect(ORDER, take, NEVER);
    const expected = expect(silent).rejects.toMatchObject({
      code: "PLUGIN_UNRESPONSIVE",
      message: expect.stringContaining("no answer for 5 s"),
    });
    await begun.promise;
    await clock.advance(5_000);
    await expected;
    const over = new AbortController();
    const given = channel.inspect(ORDER, take, over.signal);
    over.abort(new Error("enough"));
    await expect(given).rejects.toThrow("enough");
  });
});
