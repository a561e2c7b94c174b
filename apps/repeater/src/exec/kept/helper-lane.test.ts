import { setImmediate as nextTurn } from "node:timers/promises";
import { type Clock, ManualClock, systemClock } from "@berth/base";
import { expect, onTestFinished, test } from "vitest";
import { SpawnExecutor } from "../spawn-executor.ts";
import { HelperLane } from "./helper-lane.ts";
import { KeptExecutor } from "./kept-executor.ts";
import { ShellHelper } from "./shell/shell-helper.ts";

const silent = { stdout: () => undefined, stderr: () => undefined };
/** Tells when it takes no notice of SIGTERM: told to end before that, it would. */
const sleeping = { command: "sh", args: ["-c", "trap '' TERM; echo deaf; exec sleep 1000"], graceMs: 60_000 };

/** Counts the timers that are set. */
class CountingClock extends ManualClock {
  timers = 0;
  override setTimer(...given: Parameters<Clock["setTimer"]>): Disposable {
    this.timers++;
    return super.setTimer(...given);
  }
}

test("HelperLane sets no more timers for a run whose time is over than the one of its grace", async () => {
  const clock = new CountingClock(0);
  const lane = await HelperLane.open(await ShellHelper.open({ clock, shell: "/bin/sh" }), clock);
  const caller = new AbortController();
  const deaf = Promise.withResolvers<void>();
  const ended = lane.run({ ...sleeping, timeoutMs: 100 }, { ...silent, stdout: () => deaf.resolve() }, caller.signal);
  await clock.advance(50); // from here on, its output is read as it comes
  await deaf.promise;
  await clock.advance(50);
  while (clock.pendingTimers === 0) await nextTurn(); // until it was told to end
  const before = clock.timers;
  await clock.advance(50_000);
  expect({ more: clock.timers - before, pending: clock.pendingTimers }).toEqual({ more: 0, pending: 1 });
  const disposing = lane[Symbol.asyncDispose]();
  await expect(ended).rejects.toMatchObject({ code: "EXECUTION_FAILED" });
  const disposed = disposing.then(() => true);
  while (!(await Promise.race([disposed, nextTurn(false)]))) await clock.advance(5);
  expect(clock.pendingTimers).toBe(0);
});

test("KeptExecutor opens no other way for a command that waited for a helper when it was disposed", async () => {
  let others = 0;
  const opening = Promise.withResolvers<never>();
  const otherwise = (): SpawnExecutor => {
    others++;
    return new SpawnExecutor(systemClock);
  };
  const executor = new KeptExecutor({ clock: systemClock, open: () => opening.promise, otherwise });
  onTestFinished(() => executor[Symbol.asyncDispose]());
  const waiting = executor.run({ command: "true", args: [], graceMs: 0 }, silent, new AbortController().signal);
  const disposing = executor[Symbol.asyncDispose]();
  opening.reject(new Error("there is no program"));
  await expect(waiting).rejects.toMatchObject({ name: "AbortError" });
  await disposing;
  expect(others).toBe(0);
});
