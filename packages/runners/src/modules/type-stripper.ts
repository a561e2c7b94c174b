import type { Clock } from "@berth/base";
import { StripThread, type Stripping } from "./strip-thread.ts";

/** Characters of what is kept, with types and without; a plugin has a few ten thousand. */
const MOST_KEPT = 8 * 2 ** 20;

/**
 * Takes the types out of TypeScript as Node.js does it, so that plugins need no compiler of their own. Texts that were done before
 * are known by their content; the rest is done in a thread that ends when there was nothing to do for minutes.
 */
export class TypeStripper implements AsyncDisposable {
  readonly #clock: Clock;
  readonly #openThread: (clock: Clock) => StripThread;
  /** By the text itself, the one that was used last at the end. Nothing for what cannot be stripped. */
  readonly #known = new Map<string, string | undefined>();
  /** By the text: who asks for what is being done waits for that. */
  readonly #underWay = new Map<string, Promise<Stripping>>();
  #kept = 0;
  #thread: StripThread | undefined;
  #isDisposed = false;

  constructor(clock: Clock, openThread = (its: Clock): StripThread => new StripThread(its)) {
    this.#clock = clock;
    this.#openThread = openThread;
  }

  /** The text with blanks in place of its types; nothing when that cannot be, and Node.js itself is to say why. */
  async strip(text: string): Promise<string | undefined> {
    if (this.#known.has(text)) {
      const known = this.#known.get(text);
      this.#known.delete(text);
      this.#known.set(text, known);
      return known;
    }
    if (this.#isDisposed) return undefined;
    const stripping = this.#underWay.get(text) ?? this.#stripInThread(text).finally(() => this.#underWay.delete(text));
    this.#underWay.set(text, stripping);
    const result = await stripping;
    if (result === "lost") return undefined;
    this.#keep(text, result.text);
    return result.text;
  }

  /** Where no thread can be had, Node.js does it where the plugin is loaded: whoever opens one is not to fail for that. */
  async #stripInThread(text: string): Promise<Stripping> {
    try {
      if (this.#thread?.isOver !== false) this.#thread = this.#openThread(this.#clock);
      return await this.#thread.strip(text);
    } catch {
      return "lost";
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isDisposed = true;
    await this.#thread?.end();
  }

  #keep(text: string, stripped: string | undefined): void {
    if (this.#known.has(text)) return;
    this.#known.set(text, stripped);
    this.#kept += sizeOf(text, stripped);
    for (const [oldest, its] of this.#known) {
      if (this.#kept <= MOST_KEPT) return;
      this.#known.delete(oldest);
      this.#kept -= sizeOf(oldest, its);
    }
  }
}

function sizeOf(text: string, stripped: string | undefined): number {
  return text.length + (stripped?.length ?? 0);
}
