import { isUtf8 } from "node:buffer";
import { protocolBroken } from "./broken.ts";
import { checkJsonShape, tooDeep } from "./json-shape.ts";
import type { Message } from "./link.ts";
import { MAX_DEPTH, MAX_FRAME_DEPTH } from "./message-limits.ts";
import { type CopyRules, plainCopy } from "./plain-copy.ts";
import { BYTES_KEY, ValueScan } from "./value-scan.ts";

/** A line with more bytes is looked over before it is parsed: what it would become in memory can be twenty times as much. */
const LOOK_FIRST_BYTES = 4 * 2 ** 20;

/** Each level needs a bracket at either end, so shorter text cannot be too deep. */
const SURELY_FLAT = 2 * MAX_FRAME_DEPTH;

/** A line cannot hold bytes: they stand as `{"$bytes":"<base64>"}`, and keys that begin like that get it once more in front. */
const IN_JSON: CopyRules = {
  bytes: (bytes) => ({ [BYTES_KEY]: Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("base64") }),
  key: (key) => (key.startsWith(BYTES_KEY) ? BYTES_KEY + key : key),
};

/** One message as JSON-RPC 2.0 text. `scan` is what its value was found to be. */
export function toJson(message: Message, scan: ValueScan): string {
  if ("method" in message) {
    const id = "id" in message ? `"id":${message.id},` : "";
    const head = `{"jsonrpc":"2.0",${id}"method":${JSON.stringify(message.method)}`;
    return message.params === undefined ? `${head}}` : `${head},"params":${valueToJson(message.params, scan)}}`;
  }
  const { id, result, error } = message;
  return error === undefined
    ? `{"jsonrpc":"2.0","id":${id},"result":${valueToJson(result, scan)}}`
    : `{"jsonrpc":"2.0","id":${id},"error":${valueToJson(error, scan)}}`;
}

function valueToJson(value: unknown, scan: ValueScan): string {
  const isPlain = !scan.hasBytes && !scan.hasBytesKey && !scan.isOdd;
  return JSON.stringify(isPlain ? value : plainCopy(value, IN_JSON)) ?? "null";
}

/**
 * What one line says: a message, or a list of them.
 *
 * @throws HostError `PROTOCOL_BROKEN` when it is no JSON in UTF-8, or more than a frame may hold.
 */
export function parseLine(line: Buffer): unknown {
  if (!isUtf8(line)) throw protocolBroken("a line that is no UTF-8");
  if (line.length > LOOK_FIRST_BYTES) checkJsonShape(line);
  const text = line.toString();
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw protocolBroken("a line that is no JSON", error);
  }
  // What stands for bytes or would change an object can be spelt with escapes too.
  if (text.includes(BYTES_KEY) || text.includes("__proto__") || text.includes("\\u")) return revive(value, 0);
  if (text.length > SURELY_FLAT) checkDepth(value);
  return value;
}

function checkDepth(value: unknown): void {
  const scan = new ValueScan();
  scan.scan(value, MAX_DEPTH - MAX_FRAME_DEPTH);
  if (scan.isTooMuch) throw tooDeep();
}

/** A copy with bytes for what stands for them. */
function revive(value: unknown, depth: number): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (depth >= MAX_FRAME_DEPTH) throw tooDeep();
  if (Array.isArray(value)) return value.map((item) => revive(item, depth + 1));
  if (Object.hasOwn(value, BYTES_KEY)) return bytesOf(value as Record<string, unknown>);
  const copy: Record<string, unknown> = {};
  for (const [key, member] of Object.entries(value)) {
    if (key === "__proto__") continue;
    const plainKey = key.startsWith(BYTES_KEY + BYTES_KEY) ? key.slice(BYTES_KEY.length) : key;
    copy[plainKey] = revive(member, depth + 1);
  }
  return copy;
}

function bytesOf(object: Record<string, unknown>): Uint8Array {
  const text = object[BYTES_KEY];
  if (typeof text !== "string" || Object.keys(object).length > 1) throw protocolBroken("bytes that are none");
  const bytes = Buffer.from(text, "base64");
  const padding = text.endsWith("==") ? 2 : text.endsWith("=") ? 1 : 0;
  // Node skips what is no base64.
  if (text.length % 4 !== 0 || bytes.length !== (text.length / 4) * 3 - padding) {
    throw protocolBroken("bytes that are no base64");
  }
  // In a buffer of its own: a pool holds what is not for others.
  return new Uint8Array(bytes);
}
