import type { PhotoBackground } from "./prepared-background.ts";

/** A 100-megapixel camera still fits; a file that claims more is a bomb. */
const MOST_INPUT_PIXELS = 120_000_000;
const DECODE_TIMEOUT_SECONDS = 20;

/**
 * Decodes a photo to pixels of `width` by `height`: turned as the camera was held, centred, cropped to cover, Lanczos.
 *
 * @throws Error when it is no JPEG, PNG or WebP, is broken or cut off, or too large.
 */
export async function decodePhoto(file: Uint8Array, width: number, height: number): Promise<PhotoBackground> {
  // By its first bytes, not its name: the decoder would also read SVG and other forms that may refer to further files.
  if (!isPhoto(file)) throw new Error("it is no JPEG, PNG or WebP picture");
  const { default: sharp } = await import("sharp");
  const { data } = await sharp(file, { limitInputPixels: MOST_INPUT_PIXELS, failOn: "error", sequentialRead: true })
    .timeout({ seconds: DECODE_TIMEOUT_SECONDS })
    .autoOrient()
    .resize(width, height, { fit: "cover", position: "centre", kernel: "lanczos3" })
    .flatten({ background: "#000000" })
    .toColourspace("srgb")
    .raw()
    .toBuffer({ resolveWithObject: true });
  return { kind: "photo", width, height, pixels: data };
}

function isPhoto(file: Uint8Array): boolean {
  const start = Buffer.from(file.buffer, file.byteOffset, Math.min(file.byteLength, 12)).toString("latin1");
  return start.startsWith("\u00ff\u00d8\u00ff") || start.startsWith("\u0089PNG\r\n") || /^RIFF.{4}WEBP/s.test(start);
}
