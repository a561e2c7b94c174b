import { systemClock } from "@berth/base";
import { expect, test } from "vitest";
import type { GuestCode } from "../guest/guest-code.ts";
import { WorkerThread } from "./worker-thread.ts";

/** What a spare tells that was started with `compiled`. */
async function told(compiled?: GuestCode): Promise<GuestCode | null> {
  const thread = new WorkerThread({ clock: systemClock, memoryMb: 128, isSpare: true, compiled });
  try {
    return await thread.compiled();
  } finally {
    thread.kill("not needed");
    await thread.gone;
  }
}

test("WorkerThread hands on what V8 compiled of the guest, in memory that threads share; the next has nothing to add", async () => {
  const code = (await told())!;
  expect(code).toEqual({ name: expect.stringMatching(/^worker-guest-\w{16}\.cjs$/), bytes: expect.any(Uint8Array) });
  expect(code.bytes.buffer).toBeInstanceOf(SharedArrayBuffer);
  expect(await told(code)).toBe(null);
});

test("WorkerThread compiles the guest itself where it is given code of another build, or what V8 does not take", async () => {
  const code = (await told())!;
  expect(await told({ ...code, name: "worker-guest-0000000000000000.cjs" })).toMatchObject({ name: code.name });
  const cutOff = new Uint8Array(new SharedArrayBuffer(64));
  cutOff.set(code.bytes.subarray(0, 64));
  expect(await told({ ...code, bytes: cutOff })).toMatchObject({ name: code.name });
});

test("WorkerThread that ends before it is ready has nothing to tell", async () => {
  const thread = new WorkerThread({ clock: systemClock, memoryMb: 128, isSpare: true });
  const compiled = thread.compiled();
  thread.kill("not needed");
  expect(await compiled).toBe(null);
  await thread.gone;
});
