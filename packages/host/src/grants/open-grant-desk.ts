import type { Clock } from "@berth/base";
import { openStorage } from "@berth/storage";
import { makeDataFolder } from "../make-data-folder.ts";
import { GrantDesk } from "./grant-desk.ts";
import { databaseFile } from "./look-at-storage.ts";

/** A desk over a database of its own, as a command has it. */
export interface OpenGrantDesk extends AsyncDisposable {
  readonly desk: GrantDesk;
}

/** Opens the host's database to give and take grants; made with its folder when it is missing. A host may run meanwhile. */
export function openGrantDesk(options: { dataFolder: string; workingFolder: string; clock: Clock }): OpenGrantDesk {
  const { dataFolder, workingFolder, clock } = options;
  makeDataFolder(dataFolder);
  const storage = openStorage({ path: databaseFile(dataFolder), clock });
  return {
    desk: new GrantDesk({ storage, clock, workingFolder }),
    [Symbol.asyncDispose]: () => storage[Symbol.asyncDispose](),
  };
}
