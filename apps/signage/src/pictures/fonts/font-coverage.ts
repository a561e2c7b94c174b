import { brotliDecompressSync } from "node:zlib";

/**
 * The characters a font can draw, read from its `cmap` table: without it a missing character comes out as a box reading NO GLYPH.
 * Reads TrueType, OpenType (of a collection, the first font) and WOFF2, since these are what the renderer takes.
 *
 * @throws RangeError when the file is cut off, Error when it is no font.
 */
export function fontCoverage(file: Uint8Array): Set<number> {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const signature = view.getUint32(0);
  const cmap =
    signature === WOFF2 ? cmapOfWoff2(view, file) : cmapOfOpenType(view, signature === TTCF ? view.getUint32(12) : 0);
  if (!cmap) throw new Error("The font has no table of characters");
  return readCmap(cmap);
}

const WOFF2 = 0x774f4632;
const TTCF = 0x74746366;
const CMAP = 0x636d6170;
/** No font needs more, and a broken one must not fill the memory. */
const MOST_DECOMPRESSED = 64 * 1024 * 1024;

function cmapOfOpenType(view: DataView, start: number): DataView | undefined {
  const tables = view.getUint16(start + 4);
  for (let index = 0; index < tables; index++) {
    const entry = start + 12 + index * 16;
    if (view.getUint32(entry) === CMAP) return slice(view, view.getUint32(entry + 8), view.getUint32(entry + 12));
  }
  return undefined;
}

/** The table directory stands in the clear, the tables behind it in one Brotli stream; `cmap` is never transformed. */
function cmapOfWoff2(view: DataView, file: Uint8Array): DataView | undefined {
  const tables = view.getUint16(12);
  let at = 48;
  let offset = 0;
  let found: { offset: number; length: number } | undefined;
  const variableLength = (): number => {
    let value = 0;
    for (let byte = 0; byte < 5; byte++) {
      const part = view.getUint8(at++);
      value = value * 128 + (part & 0x7f);
      if ((part & 0x80) === 0) break;
    }
    return value;
  };
  for (let index = 0; index < tables; index++) {
    const flags = view.getUint8(at++);
    const known = flags & 0x3f;
    const tag = known === 0x3f ? view.getUint32((at += 4) - 4) : known;
    const length = variableLength();
    // glyf (10) and loca (11) are transformed unless the version says 3, all others only if it is not 0.
    const transformed = known === 10 || known === 11 ? flags >> 6 !== 3 : flags >> 6 !== 0;
    const stored = transformed ? variableLength() : length;
    if (tag === 0 || tag === CMAP) found = { offset, length: stored };
    offset += stored;
  }
  if (!found) return undefined;
  const stream = file.subarray(at, at + view.getUint32(20));
  const data = brotliDecompressSync(stream, { maxOutputLength: MOST_DECOMPRESSED });
  return slice(new DataView(data.buffer, data.byteOffset, data.byteLength), found.offset, found.length);
}

function slice(view: DataView, offset: number, length: number): DataView {
  return new DataView(view.buffer, view.byteOffset + offset, length);
}

function readCmap(cmap: DataView): Set<number> {
  const covered = new Set<number>();
  for (let index = 0; index < cmap.getUint16(2); index++) {
    const offset = cmap.getUint32(4 + index * 8 + 4);
    const format = cmap.getUint16(offset);
    if (format === 4) addSegments(cmap, offset, covered);
    else if (format === 12) addGroups(cmap, offset, covered);
  }
  return covered;
}

/** Format 4: ranges within the first 65,536 characters, some of them pointing at no glyph. */
function addSegments(cmap: DataView, offset: number, covered: Set<number>): void {
  const doubled = cmap.getUint16(offset + 6);
  const ends = offset + 14;
  const starts = ends + doubled + 2;
  const deltas = starts + doubled;
  const rangeOffsets = deltas + doubled;
  for (let at = 0; at < doubled; at += 2) {
    const start = cmap.getUint16(starts + at);
    const rangeOffset = cmap.getUint16(rangeOffsets + at);
    for (let code = start; code <= cmap.getUint16(ends + at) && code !== 0xffff; code++) {
      const glyph =
        rangeOffset === 0
          ? (code + cmap.getUint16(deltas + at)) & 0xffff
          : cmap.getUint16(rangeOffsets + at + rangeOffset + (code - start) * 2);
      if (glyph !== 0) covered.add(code);
    }
  }
}

/** Format 12: ranges over all of Unicode. */
function addGroups(cmap: DataView, offset: number, covered: Set<number>): void {
  const groups = cmap.getUint32(offset + 12);
  for (let index = 0; index < groups; index++) {
    const group = offset + 16 + index * 12;
    const end = Math.min(cmap.getUint32(group + 4), 0x10ffff);
    for (let code = cmap.getUint32(group); code <= end; code++) covered.add(code);
  }
}
