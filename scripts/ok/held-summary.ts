import { stripVTControlCharacters } from "node:util";

// What vitest adds about itself.
const ASIDES = /^\s*(?:Isolate\s|at least ~|JSON report written)/;

/** Prints what vitest prints, line by line, but holds its summary back, so that it can come last. */
export class HeldSummary {
  readonly #print: (text: string) => void;
  readonly #summary: string[] = [];
  #part: "before" | "summary" | "after" = "before";
  #rest = "";

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
    return this.#summary.join("").trimEnd();
  }

  #addLine(line: string): void {
    const plain = stripVTControlCharacters(line);
    if (this.#part === "before" && /^\s*Test Files\s+\S/.test(plain)) this.#part = "summary";
    else if (this.#part === "summary" && plain.trim() === "") this.#part = "after";
    if (this.#part === "summary") this.#summary.push(line);
    else if (this.#part === "before" || (plain.trim() !== "" && !ASIDES.test(plain))) this.#print(line);
  }
}
