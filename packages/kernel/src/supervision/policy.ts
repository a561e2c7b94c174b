import type { ExitKind, Manifest, RestartKind, RestartStrategy } from "@berth/contract";

/** What becomes of one plugin that ends by itself. */
export interface SupervisionPolicy {
  restart: RestartKind;
  strategy: RestartStrategy;
  /** More than so many restarts in {@link periodMs}, and it is given up. */
  maxRestarts: number;
  periodMs: number;
  /** The longest wait before the second restart; twice as long each further time. */
  backoffMs: number;
  maxBackoffMs: number;
}

/** What a plugin's manifest, or its operator, says of it; what is left out is as by default. */
export type SupervisionSettings = Manifest["supervision"];

/** Whoever waits for one of these hears nothing when it is gone, so it must be there whether it is called or not. */
const ACT_BY_THEMSELVES = ["service", "event", "integration"] as const;

/** As the operator says, else the manifest, else what suits what the plugin is. */
export function supervisionPolicy(manifest: Manifest, operator: SupervisionSettings = {}): SupervisionPolicy {
  const said = { ...manifest.supervision, ...defined(operator) };
  return {
    restart: said.restart ?? usualRestart(manifest),
    strategy: said.strategy ?? "one_for_one",
    maxRestarts: said.max_restarts ?? 10,
    periodMs: said.period_ms ?? 60_000,
    backoffMs: said.backoff_ms ?? 100,
    maxBackoffMs: said.max_backoff_ms ?? 10_000,
  };
}

/** Whether one that ended so is started again. */
export function isRestarted(restart: RestartKind, exit: ExitKind): boolean {
  if (restart === "transient") return exit !== "normal" && exit !== "shutdown";
  return restart === "permanent";
}

function usualRestart({ plugin, runtime, provides }: Manifest): RestartKind {
  const isAwaited = ACT_BY_THEMSELVES.some((kind) => (provides[kind]?.length ?? 0) > 0);
  return runtime.load === "eager" || plugin.criticality === "required" || isAwaited ? "permanent" : "transient";
}

function defined(settings: SupervisionSettings): SupervisionSettings {
  return Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== undefined));
}
