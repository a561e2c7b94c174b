import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { errorMessage } from "@berth/base";
import { formatProblem, HostError, type Manifest } from "@berth/contract";
import { MANIFEST_FILE, readManifest } from "@berth/kernel/manifest";

/** The manifest in a plugin's folder. @throws HostError `CONFIG_NOT_FOUND`, or `MANIFEST_INVALID` with every problem. */
export async function readPluginManifest(folder: string): Promise<Manifest> {
  const file = join(folder, MANIFEST_FILE);
  const reading = await readManifest(await read(file, folder), file);
  if ("manifest" in reading) return reading.manifest;
  const lines = reading.problems.map((problem) => `\n  ${formatProblem(problem)}`).join("");
  throw new HostError("MANIFEST_INVALID", `Cannot build the plugin: its manifest is wrong:${lines}`, {
    details: reading.problems.map(({ path, message }) => ({ path, message })),
  });
}

async function read(file: string, folder: string): Promise<Uint8Array> {
  try {
    return await readFile(file);
  } catch (cause) {
    throw new HostError(
      "CONFIG_NOT_FOUND",
      `Cannot build the plugin: there is no ${MANIFEST_FILE} in ${folder} (${errorMessage(cause)}); name the plugin's folder`,
      { cause },
    );
  }
}
