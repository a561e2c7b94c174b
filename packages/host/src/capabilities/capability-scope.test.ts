import { describe, expect, test } from "vitest";
import { ManualClock } from "@berth/base";
import { HostError } from "@berth/contract";
import { codeOf, never } from "../../test/open-capabilities.ts";
import { CapabilityScope, type DeniedEvent } from "./capability-scope.ts";

function openScope(onDenied: (event: DeniedEvent) => void = () => undefined) {
  const clock = new ManualClock(7_000);
  const lifetime = new AbortController();
  const about = { plugin: { name: "probe" }, instanceId: "one", clock, onDenied, signal: lifetime.signal };
  return { clock, lifetime, scope: new CapabilityScope(about) };
}

describe("CapabilityScope", () => {
  test("gives what the work gives, and its typed error as it is", async () => {
    const { scope } = openScope();
    expect(await scope.run(never(), async () => 1)).toBe(1);
    const typed = new HostError("LIMIT_EXCEEDED", "too much");
    await expect(scope.run(never(), () => Promise.reject(typed))).rejects.toBe(typed);
  });

  test("makes any other error one of the host's, with its cause", async () => {
    const { scope } = openScope();
    const cause = Object.assign(new Error("open"), { code: "EIO" });
    const call = scope.run(never(), () => Promise.reject(cause));
    await expect(call).rejects.toMatchObject({
      code: "CAPABILITY_FAILED",
      message: "The host could not do it: EIO",
      cause,
    });
  });

  test("settles when the caller gives up, even if the work does not listen", async () => {
    const { scope } = openScope();
    const caller = new AbortController();
    const call = codeOf(scope.run(caller.signal, () => new Promise(() => undefined)));
    caller.abort();
    expect(await call).toBe("CALL_CANCELLED");
    expect(await codeOf(scope.run(AbortSignal.abort(), async () => 1))).toBe("CALL_CANCELLED");
  });

  test("gives a typed reason of the caller's on, to caller and work", async () => {
    const { scope } = openScope();
    const caller = new AbortController();
    let heard: unknown;
    const call = scope.run(
      caller.signal,
      (signal) => new Promise(() => signal.addEventListener("abort", () => (heard = signal.reason))),
    );
    const reason = new HostError("CALL_DEADLINE_EXCEEDED", "too slow");
    caller.abort(reason);
    await expect(call).rejects.toBe(reason);
    expect(heard).toBe(reason);
  });

  test("takes no stranger for a signal", async () => {
    const { scope } = openScope();
    expect(await codeOf(scope.run({ aborted: false } as AbortSignal, async () => 1))).toBe("CONTRACT_BROKEN");
  });

  test("ends all calls when the lifetime does, and takes no new one", async () => {
    const { scope, lifetime } = openScope();
    const calls = [1, 2].map(() => codeOf(scope.run(never(), () => new Promise(() => undefined))));
    lifetime.abort();
    expect(await Promise.all(calls)).toEqual(["CALL_CANCELLED", "CALL_CANCELLED"]);
    expect(await codeOf(scope.run(undefined, async () => 1))).toBe("CALL_CANCELLED");
    expect(() => scope.own(() => undefined)).toThrow(expect.objectContaining({ code: "CALL_CANCELLED" }));
    expect(scope.isClosed).toBe(true);
  });

  test("is closed from the start when the lifetime is over already", async () => {
    const scope = new CapabilityScope({
      plugin: { name: "probe" },
      instanceId: "",
      clock: new ManualClock(),
      onDenied: () => undefined,
      signal: AbortSignal.abort(),
    });
    expect(await codeOf(scope.run(undefined, async () => 1))).toBe("CALL_CANCELLED");
  });

  test("waits, closing, for work that is still putting its things in order", async () => {
    const { scope } = openScope();
    const steps: string[] = [];
    const gate = Promise.withResolvers<void>();
    const call = codeOf(
      scope.run(never(), async () => {
        await gate.promise;
        steps.push("work over");
      }),
    );
    const closing = scope[Symbol.asyncDispose]().then(() => steps.push("closed"));
    expect(await call).toBe("CALL_CANCELLED");
    expect(steps).toEqual([]);
    gate.resolve();
    await closing;
    expect(steps).toEqual(["work over", "closed"]);
  });

  test("waits five seconds and no longer", async () => {
    const { clock, scope } = openScope();
    void codeOf(scope.run(never(), () => new Promise(() => undefined)));
    let isClosed = false;
    const closing = scope[Symbol.asyncDispose]().then(() => (isClosed = true));
    await clock.advance(4_999);
    expect(isClosed).toBe(false);
    await clock.advance(1);
    await closing;
    expect(clock.pendingTimers).toBe(0);
  });

  test("ends what it owns once, last first, whether one of them fails or not", async () => {
    const { scope } = openScope();
    const ended: string[] = [];
    scope.own(() => void ended.push("first"));
    scope.own(() => {
      throw new Error("broken");
    });
    const early = scope.own(() => void ended.push("early"));
    scope.own(() => void ended.push("last"));
    early[Symbol.dispose]();
    early[Symbol.dispose]();
    await Promise.all([scope[Symbol.asyncDispose](), scope[Symbol.asyncDispose]()]);
    expect(ended).toEqual(["early", "last", "first"]);
  });

  test("tells of a denial in one harmless line, and denies even if nobody can be told", () => {
    const events: DeniedEvent[] = [];
    const { scope } = openScope((event) => {
      events.push(event);
      throw new Error("audit log is full");
    });
    const use = { kind: "exec", program: "\u001b[31mrm\nplugin", args: ["approved"] } as const;
    const error = scope.deny("exec", use, "Cannot run it");
    expect(error).toMatchObject({ code: "PERMISSION_DENIED", message: "Cannot run it" });
    const what = "run \\u001b[31mrm plugin approved";
    expect(events).toEqual([{ at: 7_000, plugin: "probe", instanceId: "one", capability: "exec", what, use }]);
  });
});
