import { waitsInCircle } from "./service-errors.ts";

interface Wait {
  from: string;
  to: string;
}

/**
 * Which plugins call a service of which others while neither runs yet: the start of one waits for that of the other then, and a circle of
 * them would wait until their time is over.
 */
export class StartWaits {
  readonly #waits = new Set<Wait>();

  /**
   * Notes that `from` waits for `to`, until disposed.
   *
   * @throws HostError `DEPENDENCY_CYCLE` when `to` waits for `from`, or for somebody who does.
   */
  enter(from: string, to: string): Disposable {
    const way = this.#way(to, from, new Set());
    if (way) throw waitsInCircle([from, ...way]);
    const wait: Wait = { from, to };
    this.#waits.add(wait);
    return { [Symbol.dispose]: () => void this.#waits.delete(wait) };
  }

  /** Who waits for whom from `here` on, up to `there`. */
  #way(here: string, there: string, seen: Set<string>): string[] | undefined {
    if (here === there) return [here];
    if (seen.has(here)) return undefined;
    seen.add(here);
    for (const { from, to } of this.#waits) {
      const rest = from === here ? this.#way(to, there, seen) : undefined;
      if (rest) return [here, ...rest];
    }
    return undefined;
  }
}
