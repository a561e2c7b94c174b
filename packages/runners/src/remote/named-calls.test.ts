import type { CallContext } from "@berth/contract";
import { CallScope, type Doing } from "@berth/kernel/tracing";
import { describe, expect, test } from "vitest";
import { NamedCalls } from "./named-calls.ts";

const call = (correlationId: string, traceparent?: string): CallContext => ({
  signal: new AbortController().signal,
  deadline: Infinity,
  attempt: 1,
  caller: "test",
  permissions: [],
  correlationId,
  traceparent,
});

function open(): { scope: CallScope; named: NamedCalls; during: (params: object) => Doing | undefined } {
  const scope = new CallScope();
  const named = new NamedCalls(scope);
  return { scope, named, during: (params) => named.run(params as never, () => scope.current) };
}

describe("NamedCalls", () => {
  test("takes a plugin at its word only for calls that it is handling [RPT-160]", () => {
    const { named, during } = open();
    const [a, b] = [call("run", "00-a"), call("run", "00-b")];
    const handled = named.enter(a);
    named.enter(b);
    expect([during({ call: "00-a" }), during({ call: "00-b" })]).toEqual([a, b]);
    named.leave(handled);
    expect(during({ call: "00-a" })).toBeUndefined();
    // Neither that of another plugin, nor one that is no name.
    for (const forged of ["00-ffff", 7, null, {}]) expect(during({ call: forged })).toBeUndefined();
  });

  test("knows a call that is not traced by its correlation id", () => {
    const { named, during } = open();
    const one = call("run-1");
    const handled = named.enter(one);
    expect(during({ call: "run-1" })).toBe(one);
    named.leave(handled);
    expect(during({ call: "run-1" })).toBeUndefined();
  });

  test("finds the call of a plugin that cannot name any: by what it says to services, or the only one there is", () => {
    const { named, during } = open();
    const [a, b] = [call("run-a"), call("run-b")];
    named.enter(a);
    expect(during({})).toBe(a);
    named.enter(b);
    expect(during({})).toBeUndefined();
    expect(during({ outer: { correlationId: "run-b" } })).toBe(b);
    expect(during({ outer: { correlationId: "run-c" } })).toBeUndefined();
  });

  test("guesses nothing for a plugin that names calls: what it leaves unnamed belongs to none", () => {
    const { named, during } = open();
    named.enter(call("run-a"));
    during({ call: "run-a" });
    expect(during({})).toBeUndefined();
  });

  test("does what is for nobody as nobody's part, wherever the message came in", () => {
    const { scope, named, during } = open();
    const stranger = { correlationId: "stranger" };
    expect(scope.run(stranger, () => during({}))).toBeUndefined();
    expect(scope.run(stranger, () => named.apart(() => scope.current))).toBeUndefined();
  });

  test("lets a plugin name the event it hears, and forgets all but the last thousand", () => {
    const { scope, named, during } = open();
    const names = Array.from({ length: 1_200 }, (_, n) =>
      scope.run({ correlationId: `run-${n}` }, () => named.hear()!),
    );
    expect(during({ call: names[1_199] })).toEqual({ correlationId: "run-1199" });
    expect(during({ call: names[199] })).toBeUndefined();
    expect(named.hear()).toBeUndefined();
  });

  test("does nothing of this where nobody asks", () => {
    const named = new NamedCalls(undefined);
    expect(named.run({ call: "x" }, () => 1) + named.apart(() => 2)).toBe(3);
    expect(named.hear()).toBeUndefined();
  });
});
