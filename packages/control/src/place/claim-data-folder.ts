import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { HostError } from "@berth/contract";
import { takeLock } from "@berth/storage";
import { controlPlace } from "./control-place.ts";

/** That this process is the host of a data folder, until disposed. */
export interface DataFolderClaim extends Disposable {
  readonly dataFolder: string;
}

/**
 * Makes this process the host of a data folder, which must be there. It ends with the process, however that ends.
 *
 * @throws HostError `CONTROL_TAKEN` when another one is, with the number of its process.
 */
export function claimDataFolder(dataFolder: string): DataFolderClaim {
  const { lockFile, pidFile } = controlPlace(dataFolder);
  const lock = takeLock(lockFile);
  if (!lock) throw taken(dataFolder, holder(pidFile));
  note(pidFile);
  return {
    dataFolder,
    [Symbol.dispose]: () => {
      // While it is ours: the next one notes its own.
      rmSync(pidFile, { force: true });
      lock[Symbol.dispose]();
    },
  };
}

function note(pidFile: string): void {
  try {
    writeFileSync(pidFile, `${process.pid}\n`, { mode: 0o600 });
  } catch {
    // On a full disk: it is the lock that keeps others out, this only tells who has it.
  }
}

/** The process that has the lock; nothing where it has not said so yet, or what is there is of one that was killed. */
function holder(pidFile: string): number | undefined {
  try {
    const pid = Number(readFileSync(pidFile, "utf8").trim());
    if (!Number.isSafeInteger(pid) || pid <= 0) return undefined;
    process.kill(pid, 0);
    return pid;
  } catch (error) {
    // Of another user: it is there all the same.
    return (error as NodeJS.ErrnoException).code === "EPERM" ? Number(readFileSync(pidFile, "utf8")) : undefined;
  }
}

function taken(dataFolder: string, pid: number | undefined): HostError {
  const whose = pid === undefined ? "" : `, which process ${pid} has`;
  return new HostError("CONTROL_TAKEN", `Cannot take commands for ${dataFolder}${whose}: a host runs there`, {
    details: { dataFolder, ...(pid === undefined ? {} : { pid }) },
  });
}
