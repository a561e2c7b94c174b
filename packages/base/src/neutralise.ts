// C0 and C1 controls, and the invisible characters that reorder or hide text (bidi overrides, zero-width, BOM, tags).
const UNSAFE =
  // oxlint-disable-next-line no-control-regex -- finding control characters is this file's purpose
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb]|[\u{e0000}-\u{e007f}]/gu;

/**
 * Makes text from a plugin or the network harmless for a terminal, a log or a page: control and reordering characters become
 * a visible escape such as `\u001b`; tab and newline stay. Longer text is cut at `maxLength` characters with an ellipsis.
 *
 * @example
 * neutralise("\u001b[2Jgone"); // "\\u001b[2Jgone"
 */
export function neutralise(text: string, maxLength = 16_384): string {
  const cut = text.length > maxLength ? `${text.slice(0, maxLength - 1)}…` : text;
  return cut.replace(UNSAFE, (found) => `\\u${found.codePointAt(0)!.toString(16).padStart(4, "0")}`);
}

/** As {@link neutralise}, on one line: newlines and tabs become spaces. */
export function neutraliseLine(text: string, maxLength = 2_048): string {
  return neutralise(text.replace(/[\r\n\t]+/g, " "), maxLength);
}
