import type { Codec } from "./codec.ts";
import type { Place } from "./place.ts";

/** Everything that has a pointer and a length: text and lists. */
interface Form {
  /** @returns pointer and length of `value`, put into memory. */
  write: (place: Place, value: unknown) => [at: number, length: number];
  read: (place: Place, at: number, length: number) => unknown;
}

function pointerCodec({ write, read }: Form): Codec {
  return {
    size: 8,
    alignment: 4,
    flat: ["i32", "i32"],
    store(place, value, at) {
      const [pointer, length] = write(place, value);
      // Only now: writing may have moved the memory.
      const { view } = place;
      view.setUint32(at, pointer, true);
      view.setUint32(at + 4, length, true);
    },
    load: (place, at) => read(place, place.view.getUint32(at, true), place.view.getUint32(at + 4, true)),
    lower(place, value, out) {
      const [pointer, length] = write(place, value);
      out.push(pointer, length);
    },
    lift(place, from) {
      const at = (from.next() as number) >>> 0;
      return read(place, at, (from.next() as number) >>> 0);
    },
  };
}

export function listCodec(element: Codec): Codec {
  const { size, alignment } = element;
  return pointerCodec({
    write(place, value) {
      const items = value as readonly unknown[];
      const start = place.allocate(alignment, items.length * size);
      items.forEach((item, index) => element.store(place, item, start + index * size));
      return [start, items.length];
    },
    read(place, start, length) {
      place.assertRange(start, length * size, alignment);
      // As JavaScript keeps it: a hundred million booleans are one thing there and another here.
      place.transfer(length * Math.max(size, 16));
      const items: unknown[] = [];
      for (let index = 0; index < length; index++) items.push(element.load(place, start + index * size));
      return items;
    },
  });
}

export const bytesCodec: Codec = pointerCodec({
  write(place, value) {
    const bytes = value as Uint8Array;
    const at = place.allocate(1, bytes.length);
    place.bytes.set(bytes, at);
    return [at, bytes.length];
  },
  read(place, at, length) {
    place.assertRange(at, length, 1);
    place.transfer(length);
    return place.bytes.slice(at, at + length);
  },
});

/** Below this a loop is quicker than a call out of JavaScript. */
const SHORT = 32;

const writeUtf8: Form["write"] = (place, value) => {
  const text = value as string;
  const isShort = text.length < SHORT && isAscii(text);
  const length = isShort ? text.length : Buffer.byteLength(text);
  const at = place.allocate(1, length);
  if (isShort) {
    const { bytes } = place;
    for (let index = 0; index < length; index++) bytes[at + index] = text.charCodeAt(index);
  } else {
    place.text.write(text, at, length, "utf8");
  }
  return [at, length];
};

function isAscii(text: string): boolean {
  for (let index = 0; index < text.length; index++) if (text.charCodeAt(index) > 0x7f) return false;
  return true;
}

/** What is no UTF-8 is read as U+FFFD; to trap, as the standard has it, would cost every call more than all the rest of it. */
const readUtf8: Form["read"] = (place, at, length) => {
  place.assertRange(at, length, 1);
  place.transfer(length);
  return place.text.toString("utf8", at, at + length);
};

const writeUtf16: Form["write"] = (place, value) => {
  const text = value as string;
  const at = place.allocate(2, text.length * 2);
  const { view } = place;
  for (let index = 0; index < text.length; index++) view.setUint16(at + index * 2, text.charCodeAt(index), true);
  return [at, text.length];
};

const readUtf16: Form["read"] = (place, at, length) => {
  place.assertRange(at, length * 2, 2);
  place.transfer(length * 2);
  return place.text.toString("utf16le", at, at + length * 2);
};

/** In the third encoding this bit of the length says which of the two others it is. */
const IS_UTF16 = 2 ** 31;

const writeEither: Form["write"] = (place, value) => {
  const text = value as string;
  // oxlint-disable-next-line no-control-regex -- all of the characters that one byte can say
  if (/[^\u0000-\u00ff]/.test(text)) {
    const [at, length] = writeUtf16(place, text);
    return [at, length + IS_UTF16];
  }
  const at = place.allocate(2, text.length);
  place.text.write(text, at, text.length, "latin1");
  return [at, text.length];
};

const readEither: Form["read"] = (place, at, length) => {
  if (length >= IS_UTF16) return readUtf16(place, at, length - IS_UTF16);
  place.assertRange(at, length, 2);
  place.transfer(length);
  return place.text.toString("latin1", at, at + length);
};

const UTF8_CODEC = pointerCodec({ write: writeUtf8, read: readUtf8 });
const UTF16_CODEC = pointerCodec({ write: writeUtf16, read: readUtf16 });
const EITHER_CODEC = pointerCodec({ write: writeEither, read: readEither });
const BY_ENCODING = { utf8: UTF8_CODEC, utf16: UTF16_CODEC, "latin1+utf16": EITHER_CODEC };

/** Each function says how it writes text, so the encoding is the place's. */
export const textCodec: Codec = {
  size: UTF8_CODEC.size,
  alignment: UTF8_CODEC.alignment,
  flat: UTF8_CODEC.flat,
  store: (place, value, at) => BY_ENCODING[place.encoding].store(place, value, at),
  load: (place, at) => BY_ENCODING[place.encoding].load(place, at),
  lower: (place, value, out) => BY_ENCODING[place.encoding].lower(place, value, out),
  lift: (place, from) => BY_ENCODING[place.encoding].lift(place, from),
};
