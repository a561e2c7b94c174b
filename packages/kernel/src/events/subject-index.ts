/** What fits below one word. */
interface Branch<T> {
  /** By the next word; `*` is any one. */
  readonly next: Map<string, Branch<T>>;
  /** Of patterns that end here. */
  readonly here: Set<T>;
  /** Of patterns that go on with `>`. */
  readonly below: Set<T>;
}

/** Subjects whose values are remembered: a busy host has few, and a plugin may invent as many as it likes. */
const MOST_REMEMBERED = 1_000;

/** Values by the pattern of their subject. To find those of one subject costs by its words and by them, not by all there are. */
export class SubjectIndex<T> {
  readonly #root: Branch<T> = branch();
  readonly #remembered = new Map<string, readonly T[]>();

  /** A value may have several patterns; it is found once. */
  add(pattern: string, value: T): void {
    const { words, isOpen } = wordsOf(pattern);
    let at = this.#root;
    for (const word of words) {
      let next = at.next.get(word);
      if (!next) at.next.set(word, (next = branch()));
      at = next;
    }
    (isOpen ? at.below : at.here).add(value);
    this.#remembered.clear();
  }

  delete(pattern: string, value: T): void {
    const { words, isOpen } = wordsOf(pattern);
    remove(this.#root, words, 0, (last) => void (isOpen ? last.below : last.here).delete(value));
    this.#remembered.clear();
  }

  /** Of every pattern that fits `subject`. */
  match(subject: string): readonly T[] {
    const known = this.#remembered.get(subject);
    if (known) return known;
    const found = new Set<T>();
    collect(this.#root, subject.split("."), 0, found);
    if (this.#remembered.size >= MOST_REMEMBERED) this.#remembered.clear();
    const values = [...found];
    this.#remembered.set(subject, values);
    return values;
  }
}

function branch<T>(): Branch<T> {
  return { next: new Map(), here: new Set(), below: new Set() };
}

function wordsOf(pattern: string): { words: string[]; isOpen: boolean } {
  const words = pattern.split(".");
  const isOpen = words.at(-1) === ">";
  return { words: isOpen ? words.slice(0, -1) : words, isOpen };
}

function collect<T>({ next, here, below }: Branch<T>, words: readonly string[], at: number, found: Set<T>): void {
  if (at === words.length) {
    for (const value of here) found.add(value);
    return;
  }
  const exact = next.get(words[at]!);
  if (exact) collect(exact, words, at + 1, found);
  const any = next.get("*");
  if (any) collect(any, words, at + 1, found);
  for (const value of below) found.add(value);
}

/** Takes away what is empty then, or a host in which plugins come and go would grow. */
function remove<T>(from: Branch<T>, words: readonly string[], at: number, take: (last: Branch<T>) => void): void {
  const word = words[at];
  if (word === undefined) return take(from);
  const next = from.next.get(word);
  if (!next) return;
  remove(next, words, at + 1, take);
  if (next.here.size + next.below.size + next.next.size === 0) from.next.delete(word);
}
