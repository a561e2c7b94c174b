import type { Clock } from "@berth/base";
import type { DiscoveredPlugin } from "@berth/kernel/discovery";
import type { SpeltOut } from "@berth/kernel/permissions";
import type { Storage } from "@berth/storage";
import { askOf, canonical } from "./ask.ts";
import { grantRecord, type StoredGrant } from "./stored-grant.ts";

/** What {@link GrantDesk} needs. */
export interface GrantDeskOptions {
  storage: Pick<Storage, "grants" | "audit">;
  clock: Pick<Clock, "now">;
  /** What relative paths in manifests are relative to. */
  workingFolder: string;
}

/** What the operator decided about one plugin. */
export interface GrantOrder {
  granted: SpeltOut;
  /** Of the plugin's folder, as it was looked at. */
  digest: string;
  isPinned: boolean;
  /** The user of the operating system. */
  by: string;
}

/** Where grants are given and taken by command; each is kept with what was asked, and in the audit log before that. */
export class GrantDesk {
  readonly #options: GrantDeskOptions;

  constructor(options: GrantDeskOptions) {
    this.#options = options;
  }

  /** Replaces what was granted before. Settled when it survives a crash; a running host hears of it when it loads the plugin next. */
  async grant(
    plugin: Pick<DiscoveredPlugin, "name" | "version" | "manifest">,
    order: GrantOrder,
  ): Promise<StoredGrant> {
    const { storage, clock, workingFolder } = this.#options;
    const { name, version, manifest } = plugin;
    const stored: StoredGrant = {
      plugin: name,
      version,
      digest: order.digest,
      asked: askOf(manifest, { workingFolder }),
      granted: canonical(order.granted),
      isPinned: order.isPinned,
      grantedAt: clock.now(),
      grantedBy: order.by,
    };
    const { digest, by, isPinned } = order;
    const details = { version, digest, by, isPinned, granted: texts(stored.granted) };
    await storage.audit.around({ kind: "grant.given", plugin: name, details }, () =>
      storage.grants.save(name, grantRecord(stored)),
    );
    return stored;
  }

  /** Takes back what was granted by command; answers whether anything was. */
  async revoke(plugin: string, by: string): Promise<boolean> {
    const { storage } = this.#options;
    if (!storage.grants.load(plugin)) return false;
    return storage.audit.around({ kind: "grant.revoked", plugin, details: { by } }, () =>
      storage.grants.delete(plugin),
    );
  }
}

/** Only what was granted at all, so that an entry stays readable. */
function texts(lists: SpeltOut): Record<string, string[]> {
  return Object.fromEntries(
    Object.entries(lists)
      .filter(([, entries]) => entries.length > 0)
      .map(([permission, entries]) => [permission, [...entries]]),
  );
}
