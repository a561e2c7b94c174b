import { type BenchResult, type BenchRow, interleaved, quantile, runAlone } from "../frame.ts";
import { isOnOneCore, runOnOneCore } from "./protocol-one-core.ts";
import { bareProcess, bareWorker, type Echo, type OpenEcho, peerInProcess, peerInWorker } from "./protocol-ends.ts";

const ROUNDS = 9;
const IN_FLIGHT = 64;
const CALLS = { oneByOne: 1_500, together: 40_000, large: 60 };
const MOST_LATENCY = { worker: 1.3, process: 1.5 };
const LEAST_RATE = 0.8;
const MOST_LARGE = 1.2;

/** A hundred bytes of JSON, about. */
const SMALL = { city: "Reykjavik", temperature: -3.5, wind: [12, 270], note: "x".repeat(40) };
const LARGE_BYTES = 2 ** 20;
const LARGE_TEXT = "berth ".repeat(LARGE_BYTES / 6);

type Tier = "worker" | "process";

/**
 * What our protocol costs over the transport that carries it: one message a call there, a frame of its own each. Both ends are held
 * to one core where that can be done: whether the system puts them on one or on two decides more than all that is compared here.
 */
export async function run(): Promise<BenchResult> {
  return runOnOneCore(import.meta.filename, measure);
}

async function measure(): Promise<BenchResult> {
  const rows: BenchRow[] = [];
  {
    using bare = bareWorker();
    using peer = peerInWorker();
    rows.push(...(await compare("worker", bare, peer)));
  }
  {
    using bare = bareProcess();
    using peer = peerInProcess();
    rows.push(...(await compare("process", bare, peer)));
  }
  return {
    title: `The protocol over the bare transport (message port; socket pair with msgpackr)${isOnOneCore() ? ", on one core" : ""}`,
    rows,
  };
}

async function compare(tier: Tier, bare: OpenEcho, peer: OpenEcho): Promise<BenchRow[]> {
  for (const { echo } of [bare, peer]) await rate(echo);
  const one = await interleaved(
    ROUNDS,
    both(bare, peer, (echo) => latency(echo, CALLS.oneByOne, SMALL)),
  );
  const many = await interleaved(ROUNDS, both(bare, peer, rate));
  const binary = await interleaved(
    ROUNDS,
    both(bare, peer, (echo) => latency(echo, CALLS.large, bytes())),
  );
  const text = await interleaved(
    ROUNDS,
    both(bare, peer, (echo) => latency(echo, CALLS.large, LARGE_TEXT)),
  );
  const given = await interleaved(
    tier === "worker" ? ROUNDS : 0,
    both(bare, peer, (echo) => latency(echo, CALLS.oneByOne, bytes(), true)),
  );
  return [
    ...atMost(`${tier}: 100 B, round trip`, "us", one, MOST_LATENCY[tier]),
    ...atLeast(`${tier}: 100 B, ${IN_FLIGHT} in flight`, "calls/s", many, LEAST_RATE),
    ...atMost(`${tier}: 1 MB of bytes, round trip`, "us", binary, MOST_LARGE),
    ...atMost(`${tier}: 1 MB of text, round trip`, "us", text, MOST_LARGE),
    // What is handed over costs what a small message does.
    ...(tier === "worker" ? atMost(`${tier}: 1 MB handed over, round trip`, "us", given, MOST_LATENCY[tier]) : []),
  ];
}

interface Pair {
  bare: number;
  peer: number;
}

function both(bare: OpenEcho, peer: OpenEcho, measure: (echo: Echo) => Promise<number>) {
  return { bare: () => measure(bare.echo), peer: () => measure(peer.echo) };
}

function atMost(name: string, unit: string, { bare, peer }: Pair, most: number): BenchRow[] {
  const ratio = peer / bare;
  return [
    { name: `${name}, bare`, value: bare, unit },
    { name: `${name}, peer`, value: peer, unit, ratio, target: `at most ${most} x bare`, ok: ratio <= most },
  ];
}

function atLeast(name: string, unit: string, { bare, peer }: Pair, least: number): BenchRow[] {
  const ratio = peer / bare;
  return [
    { name: `${name}, bare`, value: bare, unit },
    { name: `${name}, peer`, value: peer, unit, ratio, target: `at least ${least} x bare`, ok: ratio >= least },
  ];
}

/**
 * Microseconds of a call, one at a time: the median, since the machine may take the core away for a while. What came back is what
 * goes next, as bytes that were handed over are gone here.
 */
async function latency(echo: Echo, calls: number, first: unknown, isGiven = false): Promise<number> {
  const us: number[] = [];
  let value = first;
  for (let call = 0; call < calls; call++) {
    const startedMs = performance.now();
    value = await echo(value, isGiven);
    us.push((performance.now() - startedMs) * 1_000);
  }
  return quantile(us, 0.5);
}

/** Calls a second, {@link IN_FLIGHT} under way all the time. */
async function rate(echo: Echo): Promise<number> {
  let left = CALLS.together;
  const startedMs = performance.now();
  const caller = async (): Promise<void> => {
    while (left-- > 0) await echo(SMALL, false);
  };
  await Promise.all(Array.from({ length: IN_FLIGHT }, caller));
  return CALLS.together / ((performance.now() - startedMs) / 1_000);
}

function bytes(): Uint8Array {
  return new Uint8Array(LARGE_BYTES);
}

if (import.meta.main) await runAlone(isOnOneCore() ? measure : run);
