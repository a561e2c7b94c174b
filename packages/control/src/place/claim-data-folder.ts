import { HostError } from "@berth/contract";
import { takeLock } from "@berth/storage";
import { controlPlace } from "./control-place.ts";

/** That this process is the host of a data folder, until disposed. */
export interface DataFolderClaim extends Disposable {
  readonly dataFolder: string;
}

/** Makes this process the host of a data folder, which must be there. @throws HostError `CONTROL_TAKEN` when another one is. */
export function claimDataFolder(dataFolder: string): DataFolderClaim {
  const lock = takeLock(controlPlace(dataFolder).lockFile);
  if (lock) return { dataFolder, [Symbol.dispose]: () => lock[Symbol.dispose]() };
  throw new HostError("CONTROL_TAKEN", `Cannot take commands for ${dataFolder}: a host runs there`, {
    details: { dataFolder },
  });
}
