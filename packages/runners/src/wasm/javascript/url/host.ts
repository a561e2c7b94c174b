import { CONTROL, percentDecode, percentEncode } from "./percent.ts";
import { punycode } from "./punycode.ts";

const FORBIDDEN_HOST = /[\0\t\n\r #/:<>?@[\\\]^|]/;
// oxlint-disable-next-line no-control-regex -- control characters are what is forbidden
const FORBIDDEN_DOMAIN = /[\u0000-\u0020#%/:<>?@[\\\]^|\u007f]/;

/** The host as a URL shows it; `undefined` when it is none. */
export function parseHost(input: string, isSpecial: boolean): string | undefined {
  if (input.startsWith("[")) {
    const pieces = input.endsWith("]") ? parseIpv6(input.slice(1, -1)) : undefined;
    return pieces && `[${showIpv6(pieces)}]`;
  }
  if (!isSpecial) return FORBIDDEN_HOST.test(input) ? undefined : percentEncode(input, CONTROL);
  const domain = toAscii(percentDecode(input));
  if (domain === "" || FORBIDDEN_DOMAIN.test(domain)) return undefined;
  return endsInNumber(domain) ? parseIpv4(domain) : domain;
}

function toAscii(domain: string): string {
  // oxlint-disable-next-line no-control-regex -- all of ASCII
  if (/^[\u0000-\u007f]*$/.test(domain)) return domain.toLowerCase();
  const mapped = domain
    .replace(/[\u00ad\u200b\u2060\ufeff]/g, "")
    .normalize("NFKC")
    .toLowerCase()
    .normalize("NFC");
  return (
    mapped
      .split(/[.\u3002]/)
      // oxlint-disable-next-line no-control-regex -- all of ASCII
      .map((label) => (/^[\u0000-\u007f]*$/.test(label) ? label : `xn--${punycode(label)}`))
      .join(".")
  );
}

function endsInNumber(domain: string): boolean {
  const labels = domain.split(".");
  const last = labels.at(-1) === "" && labels.length > 1 ? labels.at(-2)! : labels.at(-1)!;
  return /^[0-9]+$/.test(last) || /^0x[0-9a-f]*$/i.test(last);
}

function parseIpv4(domain: string): string | undefined {
  const parts = domain.replace(/\.$/, "").split(".");
  if (parts.length > 4) return undefined;
  const numbers = parts.map(parseNumber);
  if (!numbers.every((number) => number !== undefined)) return undefined;
  const last = numbers.pop()!;
  if (numbers.some((number) => number > 255) || last >= 256 ** (4 - numbers.length)) return undefined;
  const value = numbers.reduce((sum, number, index) => sum + number * 256 ** (3 - index), last);
  return [24, 16, 8, 0].map((shift) => Math.floor(value / 2 ** shift) % 256).join(".");
}

function parseNumber(part: string): number | undefined {
  if (/^0x[0-9a-f]*$/i.test(part)) return part.length === 2 ? 0 : Number.parseInt(part.slice(2), 16);
  if (/^0[0-7]*$/.test(part)) return Number.parseInt(part, 8);
  return /^[1-9][0-9]*$/.test(part) ? Number(part) : undefined;
}

/** Eight pieces of 16 bits. */
function parseIpv6(input: string): number[] | undefined {
  const halves = input.split("::");
  if (halves.length > 2) return undefined;
  const [head, tail] = halves.map((half) => (half === "" ? [] : parsePieces(half)));
  if (!head || (halves.length === 2 && !tail)) return undefined;
  if (!tail) return head.length === 8 ? head : undefined;
  const missing = 8 - head.length - tail.length;
  return missing < 1 ? undefined : [...head, ...Array.from({ length: missing }, () => 0), ...tail];
}

function parsePieces(text: string): number[] | undefined {
  const parts = text.split(":");
  const pieces: number[] = [];
  for (const [index, part] of parts.entries()) {
    if (/^[0-9a-f]{1,4}$/i.test(part)) pieces.push(Number.parseInt(part, 16));
    else {
      const bytes = index === parts.length - 1 ? parseDotted(part) : undefined;
      if (!bytes) return undefined;
      pieces.push(bytes[0]! * 256 + bytes[1]!, bytes[2]! * 256 + bytes[3]!);
    }
  }
  return pieces;
}

function parseDotted(text: string): number[] | undefined {
  if (!/^(?:0|[1-9][0-9]{0,2})(?:\.(?:0|[1-9][0-9]{0,2})){3}$/.test(text)) return undefined;
  const bytes = text.split(".").map(Number);
  return bytes.every((byte) => byte < 256) ? bytes : undefined;
}

/** The longest run of zeros is left out, the first of several. */
function showIpv6(pieces: readonly number[]): string {
  let best = { start: -1, length: 1 };
  for (let start = 0; start < 8; start++) {
    let length = 0;
    while (start + length < 8 && pieces[start + length] === 0) length++;
    if (length > best.length) best = { start, length };
  }
  const show = (part: readonly number[]): string => part.map((piece) => piece.toString(16)).join(":");
  if (best.start < 0) return show(pieces);
  return `${show(pieces.slice(0, best.start))}::${show(pieces.slice(best.start + best.length))}`;
}
