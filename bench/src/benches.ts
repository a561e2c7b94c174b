import type { BenchResult } from "./frame.ts";

/** A benchmark of the table. */
export interface Bench {
  /** One line for the help. */
  measures: string;
  load: () => Promise<{ run: () => Promise<BenchResult> }>;
}

/** Every benchmark, in the order of the table. A new one is a file that exports `run`, and an entry here. */
export const BENCHES: Readonly<Record<string, Bench>> = {
  calls: {
    measures: "a call through all policies, beside the bare function and peers",
    load: () => import("./calls.ts"),
  },
  services: { measures: "a call of a service, from one plugin to another", load: () => import("./services.ts") },
  events: { measures: "publications a second to ten listeners", load: () => import("./events.ts") },
  schedule: { measures: "10,000 scheduled jobs: lateness and memory", load: () => import("./schedule.ts") },
  parallel: { measures: "sources that take their time, through the job loop", load: () => import("./parallel.ts") },
  discovery: { measures: "discovery of 1,000 and 10,000 plugins", load: () => import("./discovery.ts") },
  graph: { measures: "the graph of 500 plugins of ten versions each", load: () => import("./graph.ts") },
  start: { measures: "what Berth adds to the start of a process", load: () => import("./start.ts") },
  watching: { measures: "watching 1,000 plugin folders", load: () => import("./watching.ts") },
  reload: { measures: "from a saved file to the answer of the new code", load: () => import("./reload/serving.ts") },
  load: { measures: "1,000 reloads of a plugin while it is called", load: () => import("./reload/load.ts") },
  decision: {
    measures: "from the failure of a new version to the old one's answer",
    load: () => import("./reload/decision.ts"),
  },
  diamond: {
    measures: "100 plugins that depend on each other, replaced as one",
    load: () => import("./reload/diamond.ts"),
  },
  crashes: {
    measures: "a plugin that ends again and again: time to its next answer, what is left",
    load: () => import("./supervision/crash-loop.ts"),
  },
  pictures: { measures: "one picture of 3840 by 2160, beside a page of HTML", load: () => import("./pictures.ts") },
  protocol: { measures: "the protocol over the bare transport", load: () => import("./isolation/protocol.ts") },
  open: {
    measures: "opening a plugin in each tier, and what it holds at rest",
    load: () => import("./isolation/open.ts"),
  },
  limits: { measures: "how exactly the limits of processes hold", load: () => import("./isolation/limits.ts") },
  kill: { measures: "what is left of sandboxes that are killed", load: () => import("./isolation/kill.ts") },
  tracing: { measures: "what tracing adds to a call", load: () => import("./telemetry/tracing.ts") },
  wasm: { measures: "a call into WebAssembly, and opening such a plugin", load: () => import("./isolation/wasm.ts") },
  audit: {
    measures: "audit records that are synced before they are acknowledged",
    load: () => import("./audit/append.ts"),
  },
  durability: { measures: "acknowledged changes after kills", load: () => import("./durability/durability.ts") },
  power: { measures: "acknowledged changes after losses of power", load: () => import("./durability/power.ts") },
  faults: {
    measures: "faults of plugins: what they do to the host and to others",
    load: () => import("./watchdog/faults.ts"),
  },
  shutdown: {
    measures: "the end of a host whose plugins would rather stay",
    load: () => import("./watchdog/shutdown.ts"),
  },
  "first-run": { measures: "from the start of rpr to its first run", load: () => import("./repeater/first-run.ts") },
  runs: { measures: "runs of a command one after the other, beside peers", load: () => import("./repeater/runs.ts") },
  jobs: { measures: "10,000 jobs in one rpr: lateness and memory", load: () => import("./repeater/jobs.ts") },
  "runs-memory": { measures: "what runs leave in the memory of rpr", load: () => import("./repeater/runs-memory.ts") },
};
