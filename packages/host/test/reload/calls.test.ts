import type { CallContext } from "@berth/contract";
import { expect, test } from "vitest";
import { openReloadingHost, type ReloadingHost, until } from "./reloading-host.ts";

/** The first call waits for the second. */
const WAITS_FOR_ANOTHER = {
  top: "const { promise: another, resolve: cameAnother } = Promise.withResolvers(); let calls = 0;",
  each: "if (++calls === 2) await another; else if (calls === 3) cameAnother();",
};

/** A call that says which one it belongs to. */
function callAs({ host }: ReloadingHost, correlationId: string, signal = new AbortController().signal) {
  const instance = host.instance({ contribution: "source/count", instanceId: correlationId });
  const call: CallContext = {
    signal,
    deadline: Infinity,
    attempt: 1,
    caller: "app/test",
    permissions: [],
    correlationId,
  };
  return { open: () => instance.open(signal), call: () => instance.method("fetch")([], call) };
}

const isHeld = ({ host }: ReloadingHost): boolean => host.plugins.get("counter").heldBecause !== undefined;

/** Reloads, and does `work` while calls are held. */
async function whileHeld<T>({ host, failpoints }: ReloadingHost, work: () => Promise<T>): Promise<T> {
  let result: Promise<T> | undefined;
  using _armed = failpoints.arm("reload.handover", () => {
    result = work();
  });
  expect(await host.reloads.reload("counter")).toMatchObject({ outcome: "reloaded" });
  return result!;
}

test("Calls that are held are answered by the new version, in order, thousands of them, none refused [FLX-16, OPS-46, BWK-101]", async () => {
  await using at = await openReloadingHost("worker");
  await at.save({ label: "two" });
  const answers = await whileHeld(at, () => Promise.allSettled(Array.from({ length: 10_000 }, () => at.count.next())));
  expect(answers.filter(({ status }) => status === "rejected").slice(0, 1)).toEqual([]);
  expect(answers.map((answer) => (answer as { value: string }).value)).toEqual(answers.map((_, i) => `two ${i + 2}`));
});

test("Calls beyond ten thousand are an overload, and say so at once", async () => {
  await using at = await openReloadingHost("worker");
  await at.save({ label: "two" });
  const answers = await whileHeld(at, () => Promise.allSettled(Array.from({ length: 10_001 }, () => at.count.next())));
  const refused = answers.filter(({ status }) => status === "rejected");
  expect(refused).toMatchObject([
    { reason: { code: "CALL_CONCURRENCY_EXCEEDED", message: expect.stringContaining("10000 calls wait") } },
  ]);
  expect(answers.at(-1)).toBe(refused[0]);
});

test("A call under way ends on the generation on which it began, which is not waited for when it hands no state on [FLX-16]", async () => {
  await using at = await openReloadingHost("worker", { hooks: "", ...WAITS_FOR_ANOTHER });
  const began = at.count.next();
  await until(() => at.host.plugins.get("counter").serving!.inFlight.count === 1);
  const old = at.host.plugins.get("counter").serving!;
  await at.save({ label: "two", hooks: "" });
  expect(await at.host.reloads.reload("counter")).toMatchObject({ outcome: "reloaded", heldMs: 0 });
  expect(await at.count.next()).toBe("two 1");
  const call: CallContext = {
    signal: new AbortController().signal,
    deadline: Infinity,
    attempt: 1,
    caller: "app/test",
    permissions: [],
    correlationId: "late",
  };
  await old.method("count", "fetch")([], call);
  expect(await began).toBe("one 3");
});

test("A call that one under way waits for passes while the plugin is held, others wait [FLX-16]", async () => {
  await using at = await openReloadingHost("worker", WAITS_FOR_ANOTHER);
  const [outer, stranger] = [callAs(at, "outer"), callAs(at, "stranger")];
  await outer.open();
  await stranger.open();
  const began = outer.call();
  await until(() => at.host.plugins.get("counter").serving!.inFlight.count === 1);
  await at.save({ label: "two" });
  const reloading = at.host.reloads.reload("counter");
  await until(() => isHeld(at));
  const other = stranger.call();
  expect(await outer.call()).toMatchObject({ title: "one", lines: ["2"] });
  expect(await began).toMatchObject({ title: "one", lines: ["3"] });
  expect(await reloading).toMatchObject({ outcome: "reloaded", heldMs: 0 });
  expect(await other).toMatchObject({ title: "two", lines: ["4"] });
});

test("Calls that do not end put the reload off; all goes on, and a later one is made [FLX-16, OPS-47]", async () => {
  await using at = await openReloadingHost("worker", WAITS_FOR_ANOTHER);
  const began = at.count.next();
  await until(() => at.host.plugins.get("counter").serving!.inFlight.count === 1);
  await at.save({ label: "two" });
  const reloading = at.host.reloads.reload("counter");
  await until(() => isHeld(at));
  for (let ms = 0; ms < 10_000; ms += 250) await at.clock.advance(250);
  expect(await reloading).toMatchObject({
    outcome: "refused",
    failed: { step: "hold", error: { code: "RELOAD_PUT_OFF", details: { busy: ["counter"] } } },
  });
  expect(isHeld(at)).toBe(false);
  expect([await at.count.next(), await began]).toEqual(["one 2", "one 3"]);
  expect(await at.host.reloads.reload("counter")).toMatchObject({ outcome: "reloaded" });
  expect(await at.count.next()).toBe("two 4");
});

test("A caller that gives up, or whose time is over, while it is held leaves at once, and its call is never made", async () => {
  await using at = await openReloadingHost("worker");
  await at.save({ label: "two" });
  const caller = new AbortController();
  const given = await whileHeld(at, async () => {
    const answer = at.count.next(caller.signal);
    caller.abort(new Error("enough"));
    return await answer.catch((error: unknown) => error);
  });
  expect(given).toMatchObject({ message: "enough" });
  expect(await at.count.next()).toBe("two 2");
});

test("The first of those that wait may give up, the others are answered all the same", async () => {
  await using at = await openReloadingHost("worker");
  await at.save({ label: "two" });
  const caller = new AbortController();
  const answers = await whileHeld(at, async () => {
    const all = Promise.allSettled([at.count.next(caller.signal), at.count.next(), at.count.next()]);
    caller.abort(new Error("enough"));
    return all;
  });
  expect(answers).toMatchObject([{ reason: { message: "enough" } }, { value: "two 2" }, { value: "two 3" }]);
});
