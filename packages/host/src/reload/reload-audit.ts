import type { JsonObject } from "@berth/base";
import type { Manifest } from "@berth/contract";
import type { ReloadReport } from "@berth/kernel/reload";
import type { AuditLog } from "@berth/storage";
import type { Work } from "./reload-work.ts";

/** What is to be done, before it is. */
export interface Announcement {
  manifest: Manifest;
  digest: string;
  /** Who wants it. */
  by: string;
  /** Whether it is an earlier version, which is gone back to. */
  isEarlier?: boolean;
}

const OUTCOMES = {
  reloaded: "plugin.reloaded",
  refused: "plugin.reload_refused",
  "rolled-back": "plugin.rolled_back",
} as const satisfies Record<Exclude<ReloadReport["outcome"], "unchanged">, string>;

/** What the audit log is told of reloads. */
export class ReloadAudit {
  readonly #audit: Pick<AuditLog, "append" | "note">;

  constructor(audit: Pick<AuditLog, "append" | "note">) {
    this.#audit = audit;
  }

  /**
   * Before anything that serves is touched: what cannot be written down is not done. It is written before any of the code runs, and settles
   * when it is on the disk. Whoever does not come so far as to wait for it need not.
   */
  announce(work: Work, { manifest, digest, by, isEarlier = false }: Announcement): Promise<void> {
    const { plugin, digest: before } = work;
    const { version } = manifest.plugin;
    work.isAnnounced = true;
    const announced = this.#audit.append({
      kind: isEarlier ? "plugin.rollback" : "plugin.reload",
      plugin: plugin.name,
      details: { by, version, digest, before: before ?? null },
    });
    announced.catch(() => undefined);
    return announced;
  }

  /** How it ended, which nothing can keep from being so. */
  async record({ plugin, outcome, serving, failed }: ReloadReport): Promise<void> {
    if (outcome === "unchanged") return;
    const details: JsonObject = {
      by: "host",
      ...(serving ? { version: serving.version, generation: serving.generation } : {}),
      ...(failed ? { step: failed.step, code: failed.error.code } : {}),
    };
    await this.#audit.note({ kind: OUTCOMES[outcome], plugin, details });
  }
}
