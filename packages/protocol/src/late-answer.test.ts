import { systemClock } from "@berth/base";
import { expect, test, vi } from "vitest";
import { pairedPeers } from "../test/paired-peers.ts";

test("whoever gave a request up hears when the other side has ended it", async () => {
  using pair = pairedPeers(systemClock);
  const end = Promise.withResolvers<void>();
  const cancelled = Promise.withResolvers<void>();
  pair.plugin.handle("work", (_params, { signal }) => {
    signal.addEventListener("abort", () => cancelled.resolve());
    return end.promise;
  });
  const giveUp = new AbortController();
  const late = Promise.withResolvers<void>();
  const onLateAnswer = vi.fn(late.resolve);
  const work = pair.host.request("work", {}, { signal: giveUp.signal, onLateAnswer });
  giveUp.abort(new Error("enough"));
  await expect(work).rejects.toThrow("enough");
  await cancelled.promise;
  expect(onLateAnswer).not.toHaveBeenCalled();
  end.resolve();
  await late.promise;
});

test("a request that was given up before it was sent has ended at once", async () => {
  using pair = pairedPeers(systemClock, { outgoingRequests: 1 });
  pair.plugin.handle("work", () => new Promise(() => undefined));
  void pair.host.request("work", {}).catch(() => undefined);
  const giveUp = new AbortController();
  const onLateAnswer = vi.fn();
  const waiting = pair.host.request("work", {}, { signal: giveUp.signal, onLateAnswer });
  giveUp.abort(new Error("enough"));
  await expect(waiting).rejects.toThrow("enough");
  expect(onLateAnswer).toHaveBeenCalledOnce();
});
