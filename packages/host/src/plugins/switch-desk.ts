import type { Clock } from "@berth/base";
import { openStorage, type Storage } from "@berth/storage";
import { databaseFile } from "../grants/look-at-storage.ts";
import { makeDataFolder } from "../make-data-folder.ts";

/** Where plugins are switched on and off by command; each time the audit log says who did it, before it is done. */
export class SwitchDesk {
  readonly #storage: Pick<Storage, "switches" | "audit">;

  constructor(storage: Pick<Storage, "switches" | "audit">) {
    this.#storage = storage;
  }

  /** Answers whether it was off. Settled when it survives a crash. */
  async switchOn(plugin: string, by: string): Promise<boolean> {
    const { switches, audit } = this.#storage;
    if (!switches.load(plugin)) return false;
    return audit.around({ kind: "plugin.enabled", plugin, details: { by } }, () => switches.switchOn(plugin));
  }

  /** Answers whether it was on. */
  async switchOff(plugin: string, by: string): Promise<boolean> {
    const { switches, audit } = this.#storage;
    if (switches.load(plugin)) return false;
    await audit.around({ kind: "plugin.disabled", plugin, details: { by } }, () => switches.switchOff(plugin, by));
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
