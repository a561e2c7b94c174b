import { expect, test } from "vitest";
import { pause } from "./pause.ts";

test("pause waits, and ends with the signal's reason", async () => {
  await expect(pause(0, new AbortController().signal)).resolves.toBeUndefined();
  const giveUp = new AbortController();
  const waiting = pause(60_000, giveUp.signal);
  giveUp.abort(new Error("deadline"));
  await expect(waiting).rejects.toThrow("deadline");
});
