import type { Clock } from "@berth/base";
import { openStorage, type Storage } from "@berth/storage";
import { databaseFile } from "../grants/look-at-storage.ts";
import { makeDataFolder } from "../make-data-folder.ts";

/** Where plugins are switched on and off by command; each time it is kept who did it, in the audit log too. */
export class SwitchDesk {
  readonly #storage: Pick<Storage, "switches" | "audit">;

  constructor(storage: Pick<Storage, "switches" | "audit">) {
    this.#storage = storage;
  }

  /** Answers whether it was off. Settled when it survives a crash. */
  async switchOn(plugin: string, by: string): Promise<boolean> {
    const hasChanged = await this.#storage.switches.switchOn(plugin);
    if (hasChanged) await this.#storage.audit.append({ kind: "plugin.enabled", plugin, details: { by } });
    return hasChanged;
  }

  /** Answers whether it was on. */
  async switchOff(plugin: string, by: string): Promise<boolean> {
    if (this.#storage.switches.load(plugin)) return false;
    await this.#storage.switches.switchOff(plugin, by);
    await this.#storage.audit.append({ kind: "plugin.disabled", plugin, details: { by } });
    return true;
  }
}

/** A desk over a database of its own, as a command has it while no host runs. */
export interface OpenSwitchDesk extends AsyncDisposable {
  readonly desk: SwitchDesk;
}

/** Opens the host's database; made with its folder when it is missing. */
export function openSwitchDesk({ dataFolder, clock }: { dataFolder: string; clock: Clock }): OpenSwitchDesk {
  makeDataFolder(dataFolder);
  const storage = openStorage({ path: databaseFile(dataFolder), clock });
  return { desk: new SwitchDesk(storage), [Symbol.asyncDispose]: () => storage[Symbol.asyncDispose]() };
}
