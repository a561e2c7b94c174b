/**
 * How much two pictures differ: the mean over all pixels, 0 to 255 a channel, `Infinity` when their sizes differ. For tests that
 * compare with a committed picture: machines round differently, so equal bytes are too much to ask.
 */
export async function pictureDifference(one: Uint8Array, other: Uint8Array): Promise<number> {
  const { default: sharp } = await import("sharp");
  const decode = (png: Uint8Array) => sharp(png).removeAlpha().raw().toBuffer({ resolveWithObject: true });
  const [a, b] = await Promise.all([decode(one), decode(other)]);
  if (a.info.width !== b.info.width || a.info.height !== b.info.height) return Number.POSITIVE_INFINITY;
  let sum = 0;
  for (let at = 0; at < a.data.length; at++) sum += Math.abs(a.data[at]! - b.data[at]!);
  return sum / a.data.length;
}
