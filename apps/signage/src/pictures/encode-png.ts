import type { PreparedBackground } from "./backgrounds/prepared-background.ts";

/**
 * Level 1 without filters: at 3840 by 2160 a fifth of the default's time for files half as large again, and the picture is
 * replaced within minutes anyway.
 */
const PNG = { compressionLevel: 1, adaptiveFiltering: false } as const;

/** Puts the drawn pixels (RGBA) over the photo, if there is one, and encodes the whole. */
export async function encodePng(
  drawn: Uint8Array,
  background: PreparedBackground,
  width: number,
  height: number,
): Promise<Uint8Array> {
  const { default: sharp } = await import("sharp");
  const scene = { raw: { width, height, channels: 4 as const } };
  if (background.kind === "gradient") return sharp(drawn, scene).removeAlpha().png(PNG).toBuffer();
  const photo = { width: background.width, height: background.height, channels: 3 as const };
  const below = sharp(background.pixels, { raw: photo });
  const sized = photo.width === width && photo.height === height ? below : below.resize(width, height, { fit: "cover" });
  return sized.composite([{ input: Buffer.from(drawn.buffer, drawn.byteOffset, drawn.byteLength), ...scene }]).png(PNG).toBuffer();
}
