import { ManualClock } from "@berth/base";
import { describe, expect, test } from "vitest";
import { GuestCall } from "./guest-call.ts";
import { HostClock } from "./host-clock.ts";
import type { CallMessage } from "./messages.ts";

const message: CallMessage = {
  instanceId: "i",
  member: "fetch",
  args: [],
  now: 5_000,
  attempt: 2,
  caller: "app/x",
  correlationId: "c",
};

function startCall(more: Partial<CallMessage> = {}) {
  const clock = new ManualClock();
  const host = new AbortController();
  const startedMs = clock.monotonicMs();
  return {
    clock,
    host,
    call: new GuestCall({ ...message, ...more }, host, clock, startedMs),
  };
}

describe("GuestCall", () => {
  test("tells when it must be over by the host's clock, whatever the own one says", () => {
    expect(startCall({ timeoutMs: 250 }).call.deadline).toBe(5_250);
    expect(startCall().call.deadline).toBe(Infinity);
  });

  test("gives its signal when its time is over, also when the host says nothing", async () => {
    const { clock, call } = startCall({ timeoutMs: 250 });
    const { signal } = call;
    await clock.advance(249);
    expect(signal.aborted).toBe(false);
    await clock.advance(1);
    expect(signal.reason).toMatchObject({ code: "CALL_DEADLINE_EXCEEDED" });
  });

  test("counts the time from when the call came, not from when somebody looked", async () => {
    const { clock, call } = startCall({ timeoutMs: 250 });
    await clock.advance(200);
    const { signal } = call;
    await clock.advance(50);
    expect(signal.aborted).toBe(true);
  });

  test.each([undefined, 250])("gives its signal when the host gives it up (timeout %s)", (timeoutMs) => {
    const { host, call } = startCall(timeoutMs === undefined ? {} : { timeoutMs });
    const { signal } = call;
    const reason = new Error("enough");
    host.abort(reason);
    expect(signal.reason).toBe(reason);
  });

  test("knows of what was given up before anybody looked", () => {
    const { host, call } = startCall({ timeoutMs: 250 });
    host.abort(new Error("enough"));
    expect(call.signal.reason).toMatchObject({ message: "enough" });
  });

  test("has no timer unless somebody looks, and none when it has ended", () => {
    const { clock, call } = startCall({ timeoutMs: 250 });
    expect(clock.pendingTimers).toBe(0);
    expect(call.signal.aborted).toBe(false);
    expect(clock.pendingTimers).toBe(1);
    call.end();
    expect(clock.pendingTimers).toBe(0);
  });
});

test("HostClock goes on from the last reading by the guest's own clock", async () => {
  const clock = new ManualClock(77);
  const hostClock = new HostClock(clock);
  hostClock.sync(1_000_000, clock.monotonicMs());
  await clock.advance(30);
  expect(hostClock.now()).toBe(1_000_030);
  hostClock.sync(2_000_000, clock.monotonicMs());
  expect(hostClock.now()).toBe(2_000_000);
});
