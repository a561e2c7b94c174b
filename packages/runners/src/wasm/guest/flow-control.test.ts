import type { Link, LinkReceiver } from "@berth/protocol";
import { describe, expect, test } from "vitest";
import { countTaken, FlowControl, takenCounter } from "./flow-control.ts";

const MIB = 2 ** 20;

describe("FlowControl", () => {
  test("waits when eight megabytes are under way, until the host has taken some [OPS-57]", async () => {
    const taken = takenCounter();
    const flow = new FlowControl(taken);
    flow.sent(2, 5 * MIB);
    await flow.room();
    flow.sent(1, 5 * MIB);
    let hasRoom = false;
    const waiting = flow.room().then(() => (hasRoom = true));
    const receiver: { heard?: LinkReceiver } = {};
    const link = { open: (one: LinkReceiver) => (receiver.heard = one) } as unknown as Link;
    const heard: unknown[] = [];
    countTaken(link, taken).open({
      onMessages: (messages) => heard.push(...messages),
      onRefused: () => undefined,
      onEnd: () => undefined,
    });
    receiver.heard!.onMessages(["one"], 1);
    await new Promise((resolve) => setImmediate(resolve));
    expect(hasRoom).toBe(false);
    receiver.heard!.onMessages(["two"], 1);
    await waiting;
    expect(heard).toEqual(["one", "two"]);
  });

  test("counts what could not be sent as taken", async () => {
    const flow = new FlowControl(takenCounter());
    flow.sent(1, 9 * MIB);
    flow.dropped();
    await expect(flow.room()).resolves.toBeUndefined();
  });

  test("goes on when the counter goes round", async () => {
    const taken = takenCounter();
    const flow = new FlowControl(taken);
    Atomics.store(taken, 0, 2 ** 31 - 1);
    await flow.room();
    flow.sent(3, 9 * MIB);
    Atomics.add(taken, 0, 3);
    await flow.room();
    expect(Atomics.load(taken, 0)).toBeLessThan(0);
  });
});
