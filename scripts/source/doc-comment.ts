/** A doc comment, read. */
export interface DocComment {
  /** Paragraphs before the first tag. `{@link X}` is left as it is. */
  text: string;
  /** The code of each `@example`. */
  examples: string[];
  /** What stands after each `@throws`. */
  throws: string[];
}

/** Reads a comment that begins with two asterisks. */
export function readDocComment(comment: string): DocComment {
  const lines = comment
    .replace(/^\/\*\*/, "")
    .replace(/\*\/$/, "")
    .split("\n")
    .map((line) => line.replace(/^\s*\* ?/, "").trimEnd());
  // Tags begin a line; a decorator inside an example is indented or is none of ours.
  const [text = "", ...tagged] = lines.join("\n").split(/^\s*@(?=example|throws|param|returns|see|deprecated)/m);
  const ofTag = (tag: string): string[] =>
    tagged
      .filter((part) => part.startsWith(tag))
      .map((part) =>
        part
          .slice(tag.length)
          .replace(/^\s*?\n/, "")
          .trimEnd(),
      );
  return {
    text: text.trim(),
    examples: ofTag("example"),
    throws: ofTag("throws").map((part) => part.replace(/\s+/g, " ").trim()),
  };
}
