import { Failpoints } from "@berth/base";
import type { Tier } from "@berth/contract";
import { RELOAD_STEPS } from "@berth/kernel/reload";
import { type BenchResult, type BenchRow, quantile, runAlone } from "../frame.ts";
import { saveCounting } from "./counting-plugin.ts";
import { openReloadingHost, type ReloadingHost } from "./reloading-host.ts";

const ROUNDS = 20;
const MOST_MS = 500;

/** From the failure of a new version to the answer of the old one, decided and told, for each step at which it can fail. */
export async function run(): Promise<BenchResult> {
  const rows = [...(await measure("worker")), ...(await measure("process"))];
  return { title: "From the failure of a new version to the old one's answer", rows };
}

async function measure(tier: Tier): Promise<BenchRow[]> {
  const failpoints = new Failpoints();
  await using bench = await openReloadingHost(tier, { failpoints });
  const times: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    for (const step of RELOAD_STEPS) {
      await saveCounting(bench.root, `${step} ${round}`);
      times.push(step === "probation" ? await failOnProbation(bench) : await failAt(bench, failpoints, step));
    }
  }
  const worst = Math.max(...times);
  return [
    { name: `${tier}: median of all steps`, value: quantile(times, 0.5), unit: "ms" },
    { name: `${tier}: longest`, value: worst, unit: "ms", target: `<= ${MOST_MS}`, ok: worst <= MOST_MS },
  ];
}

async function failAt({ host, call }: ReloadingHost, failpoints: Failpoints, step: string): Promise<number> {
  let failedMs = 0;
  using _armed = failpoints.arm(`reload.${step}`, () => {
    failedMs = performance.now();
    throw new Error("pulled");
  });
  const { outcome } = await host.reloads.reload("counting");
  if (outcome !== "refused") throw new Error(`A reload that fails at ${step} was ${outcome}`);
  await call();
  return performance.now() - failedMs;
}

/** It serves, and then its thread or process is gone. */
async function failOnProbation({ host, call, root }: ReloadingHost): Promise<number> {
  await saveCounting(root, "exits", { first: "process.exit(1)" });
  const { promise: decided, resolve } = Promise.withResolvers<void>();
  using _listening = host.reloads.onDidReload(({ outcome }) => {
    if (outcome === "rolled-back") resolve();
  });
  await host.reloads.reload("counting");
  const startedMs = performance.now();
  await call().catch(() => undefined);
  await decided;
  await call();
  return performance.now() - startedMs;
}

if (import.meta.main) await runAlone(run);
