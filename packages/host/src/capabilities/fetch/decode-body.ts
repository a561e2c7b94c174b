import type { HostError } from "@berth/contract";
import type { HeaderList } from "./header-list.ts";
import { failed, overLimit, reasonOf } from "../capability-errors.ts";

/** How large an answer may be, as sent and decompressed. */
export interface AnswerBound {
  maxBytes: number;
  /** The error for one of so many bytes, or more. */
  refused: (bytes: number) => HostError;
}

/** More than one compression over another has no use but to hide how much comes out. */
const MOST_CODINGS = 2;

/**
 * The body as its sender meant it: `content-encoding` undone, never past `maxBytes`. An encoding nobody here knows stays as it is,
 * as with the web's `fetch`.
 */
export async function decodeBody(
  raw: Buffer,
  headers: HeaderList,
  bound: AnswerBound,
): Promise<{ body: Buffer; isDecoded: boolean }> {
  const codings = codingsOf(headers);
  if (codings.length > MOST_CODINGS) throw failed(`The answer is compressed ${codings.length} times over`);
  const decoders = codings.map(decoderOf);
  if (raw.length === 0 || !decoders.every((decode) => decode !== undefined)) return { body: raw, isDecoded: false };
  let body = raw;
  for (const decode of decoders.reverse()) body = await decode(body, bound);
  return { body, isDecoded: decoders.length > 0 };
}

/** In the order they were applied. */
function codingsOf(headers: HeaderList): string[] {
  const text = headers
    .filter(([name]) => name === "content-encoding")
    .map(([, value]) => value)
    .join(",");
  const codings = text.split(",").map((coding) => coding.trim().toLowerCase());
  return codings.filter((coding) => coding !== "" && coding !== "identity");
}

type Decode = (body: Buffer, bound: AnswerBound) => Promise<Buffer>;
type ZlibMethod = "gunzip" | "inflate" | "inflateRaw" | "brotliDecompress" | "zstdDecompress";

function decoderOf(coding: string): Decode | undefined {
  switch (coding) {
    case "gzip":
    case "x-gzip":
      return decodeBy("gunzip");
    case "br":
      return decodeBy("brotliDecompress");
    case "zstd":
      return decodeBy("zstdDecompress");
    case "deflate":
      // Servers send it with or without the zlib header, whose first byte always ends in 8.
      return (body, bound) => decodeBy((body[0]! & 0x0f) === 8 ? "inflate" : "inflateRaw")(body, bound);
    default:
      return undefined;
  }
}

type Decompress = (
  body: Buffer,
  options: { maxOutputLength: number },
  onEnd: (error: Error | null, decoded: Buffer) => void,
) => void;

function decodeBy(method: ZlibMethod): Decode {
  return (body, { maxBytes, refused }) => {
    const decompress: Decompress = process.getBuiltinModule("node:zlib")[method];
    return new Promise((resolve, reject) => {
      decompress(body, { maxOutputLength: maxBytes }, (error, decoded) => {
        if (!error) resolve(decoded);
        else if (reasonOf(error) === "ERR_BUFFER_TOO_LARGE") reject(refused(maxBytes + 1));
        else reject(failed(`The answer is not properly compressed: ${reasonOf(error)}`));
      });
    });
  };
}

/** The answer, as sent or decompressed, is over its bound. */
export function tooLarge(maxBytes: number) {
  return overLimit(`The answer is larger than ${maxBytes} bytes`, "raise limits.response_mb if that is right");
}
