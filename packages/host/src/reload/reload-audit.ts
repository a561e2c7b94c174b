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

/** That it is to be done is being written down. Whoever does not come so far as to wait for it need not. */
export interface Announced {
  /** Settles when an end of the host cannot take it away any more: its code may run. */
  written: Promise<void>;
  /** Settles when it is on the disk: what serves may be touched. */
  durable: Promise<void>;
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

  /** Before any of its code runs, and anything that serves is touched: what cannot be written down is not done. */
  announce(work: Work, { manifest, digest, by, isEarlier = false }: Announcement): Announced {
    const { plugin, digest: before } = work;
    const { version } = manifest.plugin;
    work.isAnnounced = true;
    const { promise: written, resolve, reject } = Promise.withResolvers<void>();
    const durable = this.#audit.append(
      {
        kind: isEarlier ? "plugin.rollback" : "plugin.reload",
        plugin: plugin.name,
        details: { by, version, digest, before: before ?? null },
      },
      resolve,
    );
    written.catch(() => undefined);
    durable.catch(reject);
    return { written, durable };
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
