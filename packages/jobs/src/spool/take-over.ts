import { readdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { Spool } from "./spool.ts";

const OWNER = /^(\d{1,10})$/;
const TAKEN_BYTES = 2 ** 20;
const TAKEN_LINES = 1_000;

/**
 * The spool of this process below `folder`, which others that do the same use at the same time, each its own. What one left that has ended
 * is taken over, by one of those that come after it.
 */
export function openOwnSpool(
  folder: string,
  options: { mostBytes?: number; onDropped?: (lines: number) => void } = {},
): Spool {
  const own = join(folder, String(process.pid));
  const spool = new Spool({ folder: own, ...options });
  for (const owner of readdirSync(folder)) {
    const pid = Number(OWNER.exec(owner)?.[1] ?? process.pid);
    if (pid === process.pid || isAlive(pid)) continue;
    const taken = join(folder, `${owner}.${process.pid}`);
    try {
      // Of several that try only one can.
      renameSync(join(folder, owner), taken);
    } catch {
      continue;
    }
    moveAll(new Spool({ folder: taken }), spool);
    rmSync(taken, { recursive: true, force: true });
  }
  return spool;
}

function moveAll(from: Spool, to: Spool): void {
  for (let { first, lines } = from.peek(TAKEN_LINES, TAKEN_BYTES); lines.length > 0;) {
    for (const line of lines) to.append(line);
    from.drop(first + lines.length);
    ({ first, lines } = from.peek(TAKEN_LINES, TAKEN_BYTES));
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
