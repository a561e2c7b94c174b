import { join } from "node:path";
import type { Clock } from "@berth/base";
import type { HostConfig } from "@berth/kernel/config";
import type { DiscoveredPlugin } from "@berth/kernel/discovery";
import type { OperatorGrant } from "@berth/kernel/permissions";
import { digestFolder } from "@berth/registry/digest";
import { SIGNATURE_FILE } from "@berth/registry/signature";
import type { Storage } from "@berth/storage";
import type { DeniedEvent } from "../capabilities/capability-scope.ts";
import { UsageLedger } from "../capabilities/usage/usage-ledger.ts";
import type { UsedEvent } from "../capabilities/usage/use.ts";
import type { Log } from "../log/index.ts";
import { Grants } from "./grants.ts";
import { UsageKeeper } from "./usage-keeper.ts";

/** What {@link PluginPermissions} needs. */
export interface PluginPermissionsOptions {
  config: Pick<HostConfig, "plugins">;
  storage: Pick<Storage, "grants" | "usage">;
  workingFolder: string;
  dataFolder: string;
  clock: Clock;
  log: Log;
}

/** What plugins are allowed, and the book of what they did with it and were refused. */
export class PluginPermissions implements AsyncDisposable {
  readonly #options: PluginPermissionsOptions;
  readonly #grants: Grants;
  readonly #keeper: UsageKeeper;

  constructor(options: PluginPermissionsOptions) {
    const { config, storage, workingFolder, clock, log } = options;
    this.#options = options;
    this.#grants = new Grants({ config, records: storage.grants, workingFolder, log, clock });
    const ledger = new UsageLedger({ now: () => clock.now() });
    this.#keeper = new UsageKeeper({ ledger, usage: storage.usage, clock, log });
  }

  /**
   * To be asked when code is about to be loaded.
   *
   * @throws HostError `GRANT_PENDING` for a plugin that is held.
   */
  async allowedTo(plugin: DiscoveredPlugin): Promise<"asked" | OperatorGrant> {
    const allowed = await this.#grants.allowedTo(plugin);
    const leaveOut = [this.#options.dataFolder, join(plugin.folder, SIGNATURE_FILE)];
    await this.#grants.assertCode(plugin, async () => (await digestFolder(plugin.folder, { leaveOut })).digest);
    return allowed;
  }

  readonly used = (event: UsedEvent): void => this.#keeper.record(event);

  readonly denied = ({ plugin, instanceId, capability, what, use }: DeniedEvent): void => {
    this.#options.log.warn(`Denied plugin "${plugin}" ${what}`, { plugin, instance: instanceId, capability });
    this.#keeper.record({ plugin, instanceId, capability, what: use, outcome: "denied" });
  };

  /** Keeps what was counted and not yet kept. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#keeper[Symbol.asyncDispose]();
  }
}
