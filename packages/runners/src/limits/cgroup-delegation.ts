import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { mkdir, rmdir } from "node:fs/promises";
import { join } from "node:path";
import { readPids } from "./process-probe.ts";

/** Controllers of version 2 that groups below `folder` can use, until it is disposed of. */
export interface Delegation extends AsyncDisposable {
  controllers: readonly string[];
}

/**
 * Hands controllers of version 2 on to the groups below our own. A group that does so may hold no process itself, so this process
 * moves into a group of its own below it; if others share our group, they are not ours to move.
 *
 * @throws Error that says why it cannot be done.
 */
export async function delegate(folder: string, wanted: readonly string[], name: string): Promise<Delegation> {
  const offered = words(join(folder, "cgroup.controllers"));
  const controllers = wanted.filter((each) => offered.includes(each));
  if (controllers.length === 0) throw new Error(`it has no controller for ${wanted.join(", ")}`);
  const enabled = words(join(folder, "cgroup.subtree_control"));
  const missing = controllers.filter((each) => !enabled.includes(each));
  if (missing.length === 0) return { controllers, [Symbol.asyncDispose]: () => Promise.resolve() };
  await using undo = new AsyncDisposableStack();
  // Only the topmost group has no type, and may do both.
  if (existsSync(join(folder, "cgroup.type"))) undo.use(await moveOut(folder, name));
  control(folder, "+", missing);
  undo.defer(() => control(folder, "-", missing));
  const kept = undo.move();
  return { controllers, [Symbol.asyncDispose]: () => kept.disposeAsync() };
}

/** Moves this process into a group below its own. */
async function moveOut(folder: string, name: string): Promise<AsyncDisposable> {
  const procs = join(folder, "cgroup.procs");
  const others = readPids(procs).filter((pid) => pid !== process.pid);
  if (others.length > 0) throw new Error(`${others.length} other processes share the host's own group`);
  await using undo = new AsyncDisposableStack();
  const own = join(folder, name);
  await mkdir(own);
  undo.defer(() => rmdir(own));
  writeFileSync(join(own, "cgroup.procs"), String(process.pid), { flag: "r+" });
  undo.defer(() => writeFileSync(procs, String(process.pid), { flag: "r+" }));
  return undo.move();
}

function control(folder: string, sign: "+" | "-", controllers: readonly string[]): void {
  const text = controllers.map((name) => sign + name).join(" ");
  writeFileSync(join(folder, "cgroup.subtree_control"), text, { flag: "r+" });
}

function words(path: string): string[] {
  return readFileSync(path, "latin1").split(/\s+/).filter(Boolean);
}
