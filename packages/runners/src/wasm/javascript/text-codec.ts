/** What turns text into bytes and back outside the language, many times as fast; not there while a plugin is built. */
export interface NativeText {
  encode(text: string): Uint8Array;
  /** Nothing when the bytes are no UTF-8 and it is strict. */
  decode(bytes: Uint8Array, isStrict: boolean): string | undefined;
}

/** From here on it pays to leave the component for it. */
const WORTH_LEAVING = 64;

/** `TextEncoder` and `TextDecoder`, for UTF-8 and nothing else. */
export function createTextCodec(native: () => NativeText | undefined) {
  class OwnTextEncoder {
    readonly encoding = "utf-8";

    encode(input: unknown = ""): Uint8Array {
      const text = String(input);
      return (text.length >= WORTH_LEAVING && native()?.encode(text)) || encodeUtf8(text);
    }

    encodeInto(text: string, target: Uint8Array): { read: number; written: number } {
      let read = 0;
      let written = 0;
      for (const character of text) {
        const bytes = encodeUtf8(character);
        if (written + bytes.length > target.length) break;
        target.set(bytes, written);
        written += bytes.length;
        read += character.length;
      }
      return { read, written };
    }
  }

  class OwnTextDecoder {
    readonly encoding = "utf-8";
    readonly fatal: boolean;
    readonly ignoreBOM: boolean;
    #rest = new Uint8Array(0);

    constructor(label = "utf-8", { fatal = false, ignoreBOM = false }: { fatal?: boolean; ignoreBOM?: boolean } = {}) {
      if (!/^\s*utf-?8\s*$/i.test(label)) throw new RangeError(`The encoding "${label}" is not there in a component`);
      this.fatal = fatal;
      this.ignoreBOM = ignoreBOM;
    }

    decode(input?: ArrayBuffer | ArrayBufferView, { stream = false }: { stream?: boolean } = {}): string {
      const all = joined(this.#rest, bytesOf(input));
      const whole = stream ? all.subarray(0, all.length - openBytes(all)) : all;
      this.#rest = all.slice(whole.length);
      const text =
        whole.length >= WORTH_LEAVING && native() ? native()!.decode(whole, this.fatal) : decodeUtf8(whole, this.fatal);
      if (text === undefined) throw new TypeError("The encoded data was not valid for encoding utf-8");
      return this.ignoreBOM || text.charCodeAt(0) !== 0xfeff ? text : text.slice(1);
    }
  }
  return { TextEncoder: OwnTextEncoder, TextDecoder: OwnTextDecoder };
}

export function bytesOf(input: ArrayBuffer | ArrayBufferView | undefined): Uint8Array<ArrayBuffer> {
  if (input === undefined) return new Uint8Array(0);
  if (ArrayBuffer.isView(input)) return new Uint8Array(input.buffer as ArrayBuffer, input.byteOffset, input.byteLength);
  return new Uint8Array(input);
}

function joined(first: Uint8Array<ArrayBuffer>, second: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  if (first.length === 0) return second;
  const all = new Uint8Array(first.length + second.length);
  all.set(first);
  all.set(second, first.length);
  return all;
}

export function encodeUtf8(text: string): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(utf8Length(text));
  let at = 0;
  for (const character of text) {
    const code = wellFormed(character.codePointAt(0)!);
    if (code < 0x80) bytes[at++] = code;
    else {
      const more = code < 0x800 ? 1 : code < 0x1_0000 ? 2 : 3;
      bytes[at++] = [0, 0xc0, 0xe0, 0xf0][more]! | (code >> (6 * more));
      for (let left = more - 1; left >= 0; left--) bytes[at++] = 0x80 | ((code >> (6 * left)) & 0x3f);
    }
  }
  return bytes;
}

/** Bytes of `text` as UTF-8. */
export function utf8Length(text: string): number {
  let length = 0;
  for (const character of text) {
    const code = character.codePointAt(0)!;
    length += code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x1_0000 ? 3 : 4;
  }
  return length;
}

const REPLACEMENT = 0xfffd;

function wellFormed(code: number): number {
  return code >= 0xd800 && code <= 0xdfff ? REPLACEMENT : code;
}

/** How many bytes follow a first byte, and the smallest and largest value that the next one may have. */
function leadOf(byte: number): [more: number, low: number, high: number] | undefined {
  if (byte >= 0xc2 && byte <= 0xdf) return [1, 0x80, 0xbf];
  if (byte >= 0xe0 && byte <= 0xef) return [2, byte === 0xe0 ? 0xa0 : 0x80, byte === 0xed ? 0x9f : 0xbf];
  if (byte >= 0xf0 && byte <= 0xf4) return [3, byte === 0xf0 ? 0x90 : 0x80, byte === 0xf4 ? 0x8f : 0xbf];
  return undefined;
}

/** Nothing when it is strict and the bytes are not all UTF-8. */
export function decodeUtf8(bytes: Uint8Array, isStrict: boolean): string | undefined {
  const parts: string[] = [];
  let codes: number[] = [];
  for (let at = 0; at < bytes.length;) {
    const [code, used] = decodeOne(bytes, at);
    if (code === undefined && isStrict) return undefined;
    codes.push(code ?? REPLACEMENT);
    at += used;
    if (codes.length === 4_096) {
      parts.push(String.fromCodePoint(...codes));
      codes = [];
    }
  }
  return parts.join("") + String.fromCodePoint(...codes);
}

/** The character at `at`, or none, and how many bytes it or what is wrong takes: by the Encoding standard, as few as can be. */
function decodeOne(bytes: Uint8Array, at: number): [code: number | undefined, used: number] {
  const first = bytes[at]!;
  if (first < 0x80) return [first, 1];
  const lead = leadOf(first);
  if (!lead) return [undefined, 1];
  const [more, low, high] = lead;
  let code = first & (0x3f >> more);
  for (let index = 1; index <= more; index++) {
    const byte = bytes[at + index];
    const isFirst = index === 1;
    if (byte === undefined || byte < (isFirst ? low : 0x80) || byte > (isFirst ? high : 0xbf))
      return [undefined, index];
    code = (code << 6) | (byte & 0x3f);
  }
  return [code, more + 1];
}

/** How many bytes at the end may be the beginning of a character. */
function openBytes(bytes: Uint8Array): number {
  for (let back = 1; back <= Math.min(3, bytes.length); back++) {
    const byte = bytes[bytes.length - back]!;
    const lead = leadOf(byte);
    if (lead) return lead[0] >= back ? back : 0;
    if (byte < 0x80 || byte >= 0xc0) return 0;
  }
  return 0;
}
