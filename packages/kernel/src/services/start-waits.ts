import { waitsInCircle } from "./service-errors.ts";

/**
 * Which plugins call a service of which others while neither runs yet: the start of one waits for that of the other then, and a circle of
 * them would wait until their time is over.
 */
export class StartWaits {
  readonly #waits = new Map<string, Set<string>>();

  /**
   * Notes that `from` waits for `to`, until disposed.
   *
   * @throws HostError `DEPENDENCY_CYCLE` when `to` waits for `from`, or for somebody who does.
   */
  enter(from: string, to: string): Disposable {
    const way = this.#way(to, from, new Set());
    if (way) throw waitsInCircle([from, ...way]);
    let waits = this.#waits.get(from);
    if (!waits) this.#waits.set(from, (waits = new Set()));
    const isFirst = !waits.has(to);
    waits.add(to);
    return { [Symbol.dispose]: () => void (isFirst && this.#leave(from, to)) };
  }

  #leave(from: string, to: string): void {
    const waits = this.#waits.get(from);
    waits?.delete(to);
    if (waits?.size === 0) this.#waits.delete(from);
  }

  /** Who waits for whom from `here` on, up to `there`. */
  #way(here: string, there: string, seen: Set<string>): string[] | undefined {
    if (here === there) return [here];
    if (seen.has(here)) return undefined;
    seen.add(here);
    for (const next of this.#waits.get(here) ?? []) {
      const rest = this.#way(next, there, seen);
      if (rest) return [here, ...rest];
    }
    return undefined;
  }
}
