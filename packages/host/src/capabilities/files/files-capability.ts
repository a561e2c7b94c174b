import type { Capabilities } from "@berth/contract";
import type { CapabilityScope } from "../capability-scope.ts";
import { lazily } from "../lazily.ts";
import type { Slots } from "../slots.ts";
import { explained } from "./explained.ts";
import type { FileBroker } from "./file-broker.ts";

type FilesCapability = Pick<
  Capabilities,
  "readFile" | "writeFile" | "appendFile" | "removeFile" | "listFolder" | "fileInfo" | "diskUsage"
>;

/** Files for a plugin: its own data folder by relative path, its code and granted places by absolute path. */
export function createFilesCapability(
  scope: CapabilityScope,
  slots: Slots,
  makeBroker: () => Promise<FileBroker>,
): FilesCapability {
  const broker = lazily(makeBroker);
  const run = <T>(
    verb: string,
    path: string,
    signal: AbortSignal,
    work: (files: FileBroker, ended: AbortSignal) => Promise<T>,
  ): Promise<T> =>
    scope.run(signal, (ended) =>
      slots.run(ended, () => explained(verb, path, async () => work(await broker(), ended))),
    );
  return {
    readFile: (path, signal) => run("read", path, signal, (files, ended) => files.read(path, ended)),
    writeFile: (path, content, signal) =>
      run("write", path, signal, (files, ended) => files.write(path, content, ended)),
    appendFile: (path, content, signal) =>
      run("write", path, signal, (files, ended) => files.append(path, content, ended)),
    removeFile: (path, signal) => run("remove", path, signal, (files) => files.remove(path)),
    listFolder: (path, signal) => run("list", path, signal, (files, ended) => files.list(path, ended)),
    fileInfo: (path, signal) => run("look at", path, signal, (files) => files.info(path)),
    diskUsage: (path, signal) => run("measure", path, signal, (files) => files.diskUsage(path)),
  };
}
