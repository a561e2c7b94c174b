/**
 * Text as the fonts at hand can draw it, on one line. Control and reordering characters go; a common sign without a glyph
 * becomes its plain form; emoji go, since a wall picture says the same without them; any other run that no font can draw
 * becomes one ellipsis, where the renderer would draw boxes that read NO GLYPH.
 */
export function drawableText(text: string, missing: ReadonlySet<number>): string {
  const clean = text.normalize("NFC").replace(BREAKS, " ").replace(INVISIBLE, "").trim();
  if (missing.size === 0) return clean;
  let drawn = "";
  let elided = false;
  for (const character of clean) {
    const substitute = missing.has(character.codePointAt(0)!) ? substituteFor(character) : character;
    if (substitute === undefined) {
      if (!elided) drawn += "…";
      elided = true;
      continue;
    }
    if (substitute.trim() !== "") elided = false;
    drawn += substitute;
  }
  return drawn.replace(/ {2,}/g, " ").trim();
}

/** The characters of `text` that a font must have. */
export function addCharacters(text: string, characters: Set<number>): void {
  for (const character of text.normalize("NFC").replace(BREAKS, " ").replace(INVISIBLE, "")) {
    characters.add(character.codePointAt(0)!);
  }
}

const BREAKS = /[\s\u0085]+/gu;
// Controls, format characters (joiners, bidirectional overrides, tags), variation selectors, unpaired surrogates.
const INVISIBLE = /[\p{Cc}\p{Cf}\p{Cs}\u{fe00}-\u{fe0f}\u{e0100}-\u{e01ef}]/gu;
const PICTOGRAPH = /[\p{Extended_Pictographic}\p{Emoji_Modifier}\p{Regional_Indicator}\u20e3]/u;

const SUBSTITUTES: ReadonlyMap<string, string> = new Map([
  ["→", "->"],
  ["←", "<-"],
  ["↔", "<->"],
  ["⇒", "=>"],
  ["▲", "↑"],
  ["▼", "↓"],
  ["≥", ">="],
  ["≤", "<="],
  ["≠", "!="],
  ["≈", "~"],
  ["∼", "~"],
  ["●", "•"],
  ["∙", "·"],
  ["‐", "-"],
  ["‑", "-"],
  ["―", "—"],
  ["µ", "u"],
  ["μ", "u"],
  ["Ω", "Ohm"],
  ["℃", "°C"],
  ["℉", "°F"],
]);

/** What stands in for a character without a glyph; `undefined` when nothing does. */
function substituteFor(character: string): string | undefined {
  const known = SUBSTITUTES.get(character);
  if (known !== undefined) return known;
  return PICTOGRAPH.test(character) || /\p{M}/u.test(character) ? "" : undefined;
}
