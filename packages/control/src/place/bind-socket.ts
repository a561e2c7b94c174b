import { mkdtempDisposable, rename } from "node:fs/promises";
import { chmodSync } from "node:fs";
import type { Server } from "node:net";
import { dirname, join } from "node:path";

/**
 * Listens at `path`, for this user alone. The socket is made in a folder that nobody else can enter and then put in its place, so that it
 * is never there with other rights. What is there is replaced: the caller knows that nobody listens to it.
 */
export async function bindSocket(server: Server, path: string): Promise<void> {
  // Names shorter than that of the place itself: for those there is room.
  await using making = await mkdtempDisposable(join(dirname(path), ".c"));
  const own = join(making.path, "s");
  await listening(server, own);
  try {
    chmodSync(own, 0o600);
    await rename(own, path);
  } catch (error) {
    await new Promise<void>((resolve) => void server.close(() => resolve()));
    throw error;
  }
}

function listening(server: Server, path: string): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.once("error", reject);
  server.listen(path, () => {
    server.off("error", reject);
    resolve();
  });
  return promise;
}
