import { decodeUtf8, encodeUtf8 } from "../text-codec.ts";

/** Characters that are written as `%XX`, beside those that are no ASCII and control characters. By the URL standard. */
export const FRAGMENT = ' "<>`';
const QUERY = ' "#<>';
const SPECIAL_QUERY = `${QUERY}'`;
export const PATH = `${QUERY}?^\`{}`;
export const USERINFO = `${PATH}/:;=@[\\]|`;
export const CONTROL = "";

export const queryCharacters = (isSpecial: boolean): string => (isSpecial ? SPECIAL_QUERY : QUERY);

export function percentEncode(text: string, characters: string): string {
  let encoded = "";
  for (const character of text) {
    const code = character.codePointAt(0)!;
    encoded += code > 0x1f && code < 0x7f && !characters.includes(character) ? character : percentBytes(character);
  }
  return encoded;
}

function percentBytes(character: string): string {
  return Array.from(encodeUtf8(character), (byte) => `%${byte.toString(16).toUpperCase().padStart(2, "0")}`).join("");
}

/** The bytes behind `%XX` and the characters between them, as UTF-8. */
export function percentDecode(text: string): string {
  if (!text.includes("%")) return text;
  const bytes = encodeUtf8(text);
  const decoded: number[] = [];
  for (let at = 0; at < bytes.length; at++) {
    const hex = bytes[at] === 0x25 ? String.fromCharCode(bytes[at + 1] ?? 0, bytes[at + 2] ?? 0) : "";
    if (/^[0-9a-f]{2}$/i.test(hex)) {
      decoded.push(Number.parseInt(hex, 16));
      at += 2;
    } else {
      decoded.push(bytes[at]!);
    }
  }
  return decodeUtf8(Uint8Array.from(decoded), false)!;
}
