import { open, readdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { mapWithWidth } from "@berth/base";

/** As many as the thread pool of Node.js takes at once by default. */
const WIDTH = 4;

/** Makes a copy outlast a power cut: every file of it, its folders, and its name in the folder around it. What was synced before costs little. */
export async function syncCopy(copy: string): Promise<void> {
  const entries = await readdir(copy, { recursive: true, withFileTypes: true });
  const paths = entries.map(({ parentPath, name }) => join(parentPath, name));
  const outcomes = await mapWithWidth(paths, WIDTH, syncPath);
  const failed = outcomes.find((outcome) => outcome.status === "rejected");
  if (failed) throw failed.reason;
  await syncPath(copy);
  await syncPath(dirname(copy));
  // The store's own name, for the first copy in it.
  await syncPath(dirname(dirname(copy)));
}

async function syncPath(path: string): Promise<void> {
  await using handle = await open(path, "r");
  await handle.sync();
}
