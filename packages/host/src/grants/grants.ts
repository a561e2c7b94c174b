import { type Clock, errorMessage, type JsonObject, neutraliseLine } from "@berth/base";
import { HostError } from "@berth/contract";
import type { HostConfig } from "@berth/kernel/config";
import type { OperatorGrant } from "@berth/kernel/permissions";
import type { GrantRecords } from "@berth/storage";
import type { Log } from "../log/index.ts";
import type { GrantDecision, GrantedPlugin } from "./decision.ts";
import type { StoredGrant } from "./stored-grant.ts";

/** What {@link Grants} needs. */
export interface GrantsOptions {
  config: Pick<HostConfig, "plugins">;
  records: Pick<GrantRecords, "load" | "save">;
  /** What relative paths in manifests are relative to. */
  workingFolder: string;
  log: Pick<Log, "info" | "warn">;
  clock: Pick<Clock, "now">;
}

/**
 * What the operator allows each plugin. The word of `berth.yaml` wins; else what was granted by command; else a plugin that comes with
 * Berth has what it asks, and a stranger's has nothing.
 *
 * What was granted by command was granted to an ask that somebody read. A version that asks for the same or less goes on with it; one
 * that asks for more is held. Other code with the same ask goes on too, and is told: the grant bounds what any code can do, and a hold
 * at each mended bug would teach people to grant without looking. Whoever wants it stricter pins the grant to the code; who made the
 * code is the business of its signature.
 */
export class Grants {
  readonly #options: GrantsOptions;

  constructor(options: GrantsOptions) {
    this.#options = options;
  }

  /** The word about one plugin. Reads nothing for those that `berth.yaml` speaks of or that come with Berth. */
  async decide(plugin: GrantedPlugin): Promise<GrantDecision> {
    const { config, records, workingFolder } = this.#options;
    const settings = config.plugins[plugin.name];
    if (settings?.grant !== undefined) return { source: "config", allowed: settings.grant };
    if (plugin.trust === "first-party") return { source: "first-party", allowed: "asked" };
    const saved = records.load(plugin.name);
    if (saved === undefined) return { source: "none", allowed: {} };
    // Loaded by the first plugin that was granted something: a host without such plugins starts without it.
    const { compareWithStored } = await import("./compare-with-stored.ts");
    return compareWithStored(plugin, saved, workingFolder);
  }

  /**
   * What one plugin is allowed.
   *
   * @throws HostError `GRANT_PENDING` for one that is held, with what it asks beyond what was granted.
   */
  async allowedTo(plugin: GrantedPlugin): Promise<"asked" | OperatorGrant> {
    const decision = await this.decide(plugin);
    if (decision.source !== "held") return decision.allowed;
    throw await heldError(plugin, decision);
  }

  /**
   * To be told when code is about to be loaded; its digest is asked for only where something was granted by command. Code other than
   * what was looked at when the grant was made is logged once for each change.
   *
   * @throws HostError `GRANT_PENDING` when the grant is pinned to other code.
   */
  async assertCode(plugin: GrantedPlugin, digestOf: () => Promise<string>): Promise<void> {
    const decision = await this.decide(plugin);
    if (decision.source !== "stored") return;
    const { stored } = decision;
    const { name, version } = plugin;
    const digest = await digestOf();
    if (stored.digest === digest) return;
    if (stored.isPinned) throw pinnedError(plugin, stored, digest);
    if (stored.seen?.digest === digest) return;
    const facts = { plugin: name, version, digest, grantedVersion: stored.version, grantedDigest: stored.digest };
    if (stored.version === version) {
      const message = `Plugin "${name}" ${version} is other code than was granted, of the same version; it asks for no more, so it runs`;
      this.#options.log.warn(message, facts);
    } else {
      this.#options.log.info(`Plugin "${name}" ${version} goes on with the grant of ${stored.version}`, facts);
    }
    await this.#remember(stored, { version, digest });
  }

  async #remember(stored: StoredGrant, seen: { version: string; digest: string }): Promise<void> {
    const { grantRecord } = await import("./stored-grant.ts");
    try {
      await this.#options.records.save(stored.plugin, grantRecord({ ...stored, seen }));
    } catch (error) {
      // It will be told once more, which is no reason not to run.
      this.#options.log.warn(`Cannot note that plugin "${stored.plugin}" has changed: ${errorMessage(error)}`);
    }
  }
}

/** `GRANT_PENDING`: why a plugin is held, and what it asks beyond what was granted. */
export async function heldError(
  plugin: Pick<GrantedPlugin, "name" | "version">,
  { stored, difference }: Extract<GrantDecision, { source: "held" }>,
): Promise<HostError> {
  const { moreInOneLine } = await import("./difference-lines.ts");
  const why =
    stored === undefined || difference === undefined
      ? "what was granted to it cannot be read any more"
      : `it asks for more than version ${neutraliseLine(stored.version, 100)} was granted: ${moreInOneLine(difference)}`;
  return pending(plugin, why, {
    ...(stored === undefined ? {} : { grantedVersion: stored.version }),
    ...(difference === undefined
      ? {}
      : { added: [...difference.added, ...difference.widened].map((each) => ({ ...each })) }),
  });
}

function pinnedError(plugin: GrantedPlugin, stored: StoredGrant, digest: string): HostError {
  const why = `its grant is pinned to the code of version ${neutraliseLine(stored.version, 100)}, and this is other code`;
  return pending(plugin, why, { grantedVersion: stored.version, grantedDigest: stored.digest, digest });
}

function pending(
  { name, version }: Pick<GrantedPlugin, "name" | "version">,
  why: string,
  details: JsonObject,
): HostError {
  const message = `Plugin "${name}" ${version} is held: ${why}. Look at it with \`berth plugins permissions ${name}\`, then \`berth plugins grant ${name}\``;
  return new HostError("GRANT_PENDING", message, { details: { plugin: name, version, ...details } });
}
