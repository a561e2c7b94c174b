import { join } from "node:path";
import { type Clock, errorMessage } from "@berth/base";
import type { Limits } from "@berth/contract";
import type { HostConfig } from "@berth/kernel/config";
import type { DiscoveredPlugin } from "@berth/kernel/discovery";
import type { OperatorGrant } from "@berth/kernel/permissions";
import type { DigestCache } from "@berth/registry/digest";
import type { Storage } from "@berth/storage";
import type { DeniedEvent } from "../capabilities/capability-scope.ts";
import { UsageLedger } from "../capabilities/usage/usage-ledger.ts";
import type { UsedEvent } from "../capabilities/usage/use.ts";
import type { Log } from "../log/index.ts";
import { limitsOf } from "../plugins/limits-of.ts";
import { grantedLimits } from "./granted-limits.ts";
import { Grants } from "./grants.ts";
import { UsageKeeper } from "./usage-keeper.ts";

/** What {@link PluginPermissions} needs. */
export interface PluginPermissionsOptions {
  config: HostConfig;
  storage: Pick<Storage, "grants" | "usage" | "audit">;
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
  #digests: DigestCache | undefined;

  constructor(options: PluginPermissionsOptions) {
    const { config, storage, workingFolder, clock, log } = options;
    this.#options = options;
    this.#grants = new Grants({ config, records: storage.grants, workingFolder, log, clock });
    const ledger = new UsageLedger({ now: () => clock.now() });
    this.#keeper = new UsageKeeper({ ledger, usage: storage.usage, log });
  }

  /**
   * To be asked when code is about to be loaded.
   *
   * @throws HostError `GRANT_PENDING` for a plugin that is held.
   */
  async allowedTo(plugin: DiscoveredPlugin): Promise<"asked" | OperatorGrant> {
    const allowed = await this.#grants.allowedTo(plugin);
    await this.#grants.assertCode(plugin, () => this.#digestOf(plugin));
    return allowed;
  }

  /** What a plugin may use at most. */
  async limitsOf(plugin: DiscoveredPlugin): Promise<Limits> {
    const { config } = this.#options;
    const decision = await this.#grants.decide(plugin);
    return grantedLimits(limitsOf(plugin.manifest, config), decision, config.plugins[plugin.name]);
  }

  /** Loaded for the first plugin that was granted something by command. */
  async #digestOf({ folder }: DiscoveredPlugin): Promise<string> {
    const { pluginDigest } = await import("./plugin-digest.ts");
    const { DigestCache } = await import("@berth/registry/digest");
    const { dataFolder, log } = this.#options;
    this.#digests ??= new DigestCache({ file: join(dataFolder, "digests.json") });
    const digest = await pluginDigest({ folder, dataFolder, cache: this.#digests });
    await this.#digests.save().catch((error: unknown) => {
      log.warn(`Cannot keep the digests of plugins, which will be made again: ${errorMessage(error)}`);
    });
    return digest;
  }

  readonly used = (event: UsedEvent): void => this.#keeper.record(event);

  readonly denied = ({ plugin, instanceId, capability, what, use }: DeniedEvent): void => {
    this.#options.log.warn(`Denied plugin "${plugin}" ${what}`, { plugin, instance: instanceId, capability });
    this.#keeper.record({ plugin, instanceId, capability, what: use, outcome: "denied" });
    const details = { instance: instanceId, capability, what };
    const same = `${capability} ${what}`;
    void this.#options.storage.audit.report({ kind: "permission.denied", plugin, details, same });
  };

  /** Keeps what was counted and not yet kept. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#keeper[Symbol.asyncDispose]();
  }
}
