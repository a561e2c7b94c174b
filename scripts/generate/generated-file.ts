/** A committed file that is made, not written. */
export interface GeneratedFile {
  /** From the root. */
  path: string;
  content: string;
}

/** What a generator made, and what is wrong with what it was made of. */
export interface Generated {
  files: GeneratedFile[];
  /** Sentences; any of them fails the run. */
  problems: string[];
}

/** The first lines of every generated page. */
export function pageHead(title: string, madeFrom: string): string {
  return `<!-- Generated from ${madeFrom} by \`npm run generate\`; edits here are lost. -->\n\n# ${title}\n`;
}

/** A Markdown table. Cells are single lines; a pipe in one is escaped. */
export function table(columns: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll("|", "\\|").replace(/\s*\n\s*/g, " ")).join(" | ")} |`;
  return [line(columns), `|${columns.map(() => " --- |").join("")}`, ...rows.map(line)].join("\n");
}
