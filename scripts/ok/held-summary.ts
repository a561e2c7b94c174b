import { stripVTControlCharacters } from "node:util";

/** Prints what a test runner prints, line by line, but holds its summary back, so that it can come last. */
export class HeldSummary {
  readonly #print: (text: string) => void;
  #rest = "";
  #held: string | undefined;

  constructor(print: (text: string) => void) {
    this.#print = print;
  }

  add(text: string): void {
    const lines = (this.#rest + text).split(/(?<=\n)/);
    this.#rest = lines.at(-1)?.endsWith("\n") === false ? lines.pop()! : "";
    for (const line of lines) this.#addLine(line);
  }

  /** The summary; what came without a line's end counts as well. */
  end(): string {
    if (this.#rest !== "") this.#addLine(this.#rest);
    this.#rest = "";
    return (this.#held ?? "").trimEnd();
  }

  #addLine(line: string): void {
    if (this.#held === undefined && !/^\s*Test Files\s+\S/.test(stripVTControlCharacters(line))) this.#print(line);
    else this.#held = (this.#held ?? "") + line;
  }
}
