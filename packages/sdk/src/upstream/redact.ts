import type { Secret } from "../secret.ts";

const MASK = "[secret]";
const QUERY = /(\bhttps?:\/\/[^\s?#"'<>]+)[?#][^\s"'<>]*/g;

/**
 * Takes secrets out of a text that may have been made from an address or by the other side: each value, as it is and as it stands
 * in an address, becomes `[secret]`, and addresses lose their query.
 *
 * @example
 * redact("GET https://api.example.org/x?appid=k3y failed", [new Secret("k3y")]); // "GET https://api.example.org/x failed"
 */
export function redact(text: string, secrets: readonly Secret[] = []): string {
  let clean = text.replace(QUERY, "$1");
  for (const secret of secrets) {
    const value = secret.reveal();
    if (value === "") continue;
    const written = value.toWellFormed(); // half a character cannot stand in an address
    for (const form of new Set([
      value,
      encodeURIComponent(written),
      new URLSearchParams({ v: written }).toString().slice(2),
    ])) {
      clean = clean.replaceAll(form, MASK);
    }
  }
  return clean;
}
