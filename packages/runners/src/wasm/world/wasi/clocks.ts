import { type Clock, sleep } from "@berth/base";
import { trap } from "../../component/trap.ts";
import type { HostFunctions } from "../host-function.ts";

const NS_PER_MS = 1_000_000n;

/** Something to wait for: a time, or nothing at all. */
export interface Pollable {
  /** By the monotonic clock. */
  readyAtMs: number;
}

/** Of what never makes anyone wait. */
export const READY: Pollable = { readyAtMs: -Infinity };

const toNs = (ms: number): bigint => BigInt(Math.round(ms * 1e6));

/** Time, in nanoseconds as WASI counts it. */
export function clockFunctions(clock: Clock): { monotonic: HostFunctions; wall: HostFunctions } {
  const after = (ns: bigint): Pollable => ({ readyAtMs: clock.monotonicMs() + Number(ns / NS_PER_MS) });
  return {
    monotonic: {
      now: { call: () => toNs(clock.monotonicMs()) },
      resolution: { call: () => NS_PER_MS },
      "subscribe-instant": { call: (when: bigint): Pollable => ({ readyAtMs: Number(when / NS_PER_MS) }) },
      "subscribe-duration": { call: after },
    },
    wall: {
      now: {
        call() {
          const now = clock.now();
          const seconds = Math.floor(now / 1_000);
          return { seconds: BigInt(seconds), nanoseconds: Math.round((now - seconds * 1_000) * 1e6) };
        },
      },
      resolution: { call: () => ({ seconds: 0n, nanoseconds: 1_000_000 }) },
    },
  };
}

/** Waits by suspending the component; one that cannot be suspended must not wait. */
export function pollFunctions({ clock, maySuspend }: { clock: Clock; maySuspend: boolean }): HostFunctions {
  const isReady = ({ readyAtMs }: Pollable): boolean => clock.monotonicMs() >= readyAtMs;
  const wait = async (pollables: readonly Pollable[]): Promise<void> => {
    const firstMs = Math.min(...pollables.map(({ readyAtMs }) => readyAtMs));
    // A timer may be a little early by the clock that was asked before.
    while (clock.monotonicMs() < firstMs) await sleep(clock, Math.ceil(firstMs - clock.monotonicMs()));
  };
  const mustNotWait = (): never => {
    throw trap("it waits for a time where the host must not be kept waiting");
  };
  const readyOf = (pollables: readonly Pollable[]): number[] =>
    pollables.flatMap((pollable, index) => (isReady(pollable) ? [index] : []));
  const block = maySuspend
    ? { mayWait: true, call: async (pollable: Pollable) => (isReady(pollable) ? undefined : await wait([pollable])) }
    : { call: (pollable: Pollable) => (isReady(pollable) ? undefined : mustNotWait()) };
  const poll = maySuspend
    ? {
        mayWait: true,
        async call(pollables: readonly Pollable[]) {
          if (!pollables.some(isReady)) await wait(pollables);
          return readyOf(pollables);
        },
      }
    : { call: (pollables: readonly Pollable[]) => (pollables.some(isReady) ? readyOf(pollables) : mustNotWait()) };
  return { "[method]pollable.ready": { call: isReady }, "[method]pollable.block": block, poll };
}
