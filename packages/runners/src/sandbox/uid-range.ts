import { HostError } from "@berth/contract";
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";

/** Whom a sandboxed program runs as. */
export interface SandboxUser {
  uid: number;
  gid: number;
}

/**
 * What systemd hands out for a while and no account of a person has. A container that maps 65,536 ids, as most do, has them too,
 * where higher ones would not exist.
 */
const FIRST = 61_184;
const LAST = 65_519;

/** Where systemd notes those it has handed out. */
const IN_USE = "/run/systemd/dynamic-uid";

/** A user and group of its own for each plugin of a host that is root. */
export class UidRange {
  readonly #first: number;
  readonly #count: number;
  readonly #open = new Map<string, { uid: number; holders: number }>();

  constructor(first = FIRST, last = LAST) {
    this.#first = first;
    this.#count = last - first + 1;
  }

  /**
   * The user for `name`, the same each time unless another open name has it already. Two holders of one name share it; disposing
   * the result gives it back.
   *
   * @throws HostError `LIMIT_EXCEEDED` when all are taken.
   */
  allocate(name: string): SandboxUser & Disposable {
    const entry = this.#open.get(name) ?? { uid: this.#freeUid(name), holders: 0 };
    this.#open.set(name, entry);
    entry.holders += 1;
    let isHeld = true;
    return {
      uid: entry.uid,
      gid: entry.uid,
      [Symbol.dispose]: () => {
        if (!isHeld) return;
        isHeld = false;
        entry.holders -= 1;
        if (entry.holders === 0) this.#open.delete(name);
      },
    };
  }

  #freeUid(name: string): number {
    const taken = new Set([...this.#open.values()].map(({ uid }) => uid));
    const start = createHash("sha256").update(name).digest().readUInt32BE() % this.#count;
    for (let step = 0; step < this.#count; step++) {
      const uid = this.#first + ((start + step) % this.#count);
      if (!taken.has(uid) && !existsSync(`${IN_USE}/${uid}`)) return uid;
    }
    throw new HostError("LIMIT_EXCEEDED", `Cannot run "${name}" as a user of its own: all ${this.#count} are taken`);
  }
}
