/** What a person would see: as much of a terminal as the live table uses, of any height. */
export class Screen {
  #lines: string[] = [""];
  #row = 0;
  #column = 0;

  get text(): string {
    return this.#lines.map((line) => line.trimEnd()).join("\n");
  }

  write(output: string): void {
    // oxlint-disable-next-line no-control-regex -- escape sequences are what this reads
    for (const [piece, sequence] of output.matchAll(/\u001B\[([?0-9;]*[A-Za-z])|[^\u001B]+/g)) {
      if (sequence === undefined) this.#type(piece);
      else this.#obey(sequence);
    }
  }

  #type(text: string): void {
    for (const character of text) {
      if (character === "\n") {
        this.#moveTo(this.#row + 1);
        this.#column = 0;
      } else if (character === "\r") {
        this.#column = 0;
      } else {
        const line = this.#line.padEnd(this.#column);
        this.#line = line.slice(0, this.#column) + character + line.slice(this.#column + 1);
        this.#column++;
      }
    }
  }

  #obey(sequence: string): void {
    const count = Number.parseInt(sequence, 10) || 1;
    switch (sequence.slice(-1)) {
      case "H":
        this.#moveTo(0);
        this.#column = 0;
        return;
      case "J":
        this.#line = this.#line.slice(0, this.#column);
        this.#lines.length = this.#row + 1;
        return;
      case "A":
        return this.#moveTo(Math.max(0, this.#row - count));
      case "B":
        return this.#moveTo(this.#row + count);
      case "G":
        this.#column = count - 1;
        return;
      case "K":
        this.#line = sequence === "2K" ? "" : this.#line.slice(0, this.#column);
        return;
      case "m":
      case "h":
      case "l":
        return;
      default:
        throw new Error(`The screen of this test does not know the sequence ${sequence}`);
    }
  }

  #moveTo(row: number): void {
    this.#row = row;
    while (this.#lines.length <= row) this.#lines.push("");
  }

  get #line(): string {
    return this.#lines[this.#row]!;
  }

  set #line(line: string) {
    this.#lines[this.#row] = line;
  }
}
