import type { ReloadReport } from "@berth/kernel/reload";

/** A version of a plugin that can be gone back to. */
export interface KeptGeneration {
  /** Counted up over all starts of the host, from 1. */
  id: number;
  plugin: string;
  version: string;
  /** Of its code, which is kept by it. */
  digest: string;
  /** When it began to serve, ms since 1970. */
  since: number;
  /** Whether it is the one that serves, or would when the plugin is loaded. */
  isCurrent: boolean;
  /** Whether it failed after it had begun to serve: it is gone back to by its number only. */
  hasFailed: boolean;
  /** Whether state was kept with it. */
  hasState: boolean;
}

/** How to reload. */
export interface ReloadOptions {
  signal?: AbortSignal;
  /** Also when nothing has changed. Default true for a command, false for a watcher. */
  always?: boolean;
  /** Who wants it, for the audit log. Default: the host itself, as when files changed. */
  by?: string;
}

/** Replaces plugins while they serve. */
export interface Reloads {
  /** Reloads from the plugin's folder. Never rejects because the new version is bad: that is in the report. */
  reload(plugin: string, options?: ReloadOptions): Promise<ReloadReport>;
  /** All that are loaded, in order of the graph. */
  reloadAll(options?: ReloadOptions): Promise<ReloadReport[]>;
  /** Takes code, configuration and state back together: to the generation before, or to `to`. */
  rollback(plugin: string, options?: { to?: number; signal?: AbortSignal; by?: string }): Promise<ReloadReport>;
  /** What can be gone back to, newest first; at most the last 10. */
  history(plugin: string): Promise<readonly KeptGeneration[]>;
  onDidReload(listener: (report: ReloadReport) => void): Disposable;
}
