import type { HostConfig } from "./host-config.ts";

/** What an empty `berth.yaml` means; written out so that a host without a file loads no schema library. */
export function defaultHostConfig(): HostConfig {
  return {
    version: 1,
    roots: ["plugins"],
    data_dir: ".berth",
    log: { level: "info", format: "text" },
    shutdown: { drain_ms: 10_000 },
    warm_pool: { workers: 1, processes: 1 },
    trusted_keys: [],
    require_signature: false,
    scan_on_reload: "warn",
    plugins: {},
    plugin_limits: {},
  };
}
