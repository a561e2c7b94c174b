import { isUtf8 } from "node:buffer";
import type { Problem } from "@berth/contract";
import { parse, TomlError } from "smol-toml";
import type { ConfigPath } from "../config/config-path.ts";
import type { Finding } from "../config/describe-issue.ts";
import { type Document, tableOf } from "./document.ts";
import { MAX_MANIFEST_BYTES, tooLarge } from "./manifest-file.ts";

/** `config.schema` is the deepest honest part; a JSON Schema nests twice for each level of the configuration. */
const MAX_DEPTH = 64;

/** A text that is TOML within the bounds, or what is wrong with it. `content` may change as soon as this returns. */
export type ParsedDocument = { text: string; document: Document; finding?: Finding } | { problem: Problem };

export function parseDocument(content: string | Uint8Array, file: string): ParsedDocument {
  const bytes = typeof content === "string" ? Buffer.byteLength(content) : content.byteLength;
  if (bytes > MAX_MANIFEST_BYTES) return { problem: tooLarge(bytes, file) };
  if (typeof content !== "string" && !isUtf8(content)) return { problem: notUtf8(content, file) };
  const text =
    typeof content === "string" ? content : Buffer.from(content.buffer, content.byteOffset, bytes).toString("utf8");
  return parseText(text.startsWith("\ufeff") ? text.slice(1) : text, file);
}

function parseText(text: string, file: string): ParsedDocument {
  try {
    const document: Document = parse(text, { maxDepth: MAX_DEPTH, unsafeKeyBehaviour: "throw" });
    const path = findTooDeep(tableOf(document["config"])["schema"], ["config", "schema"]);
    return path === undefined
      ? { text, document }
      : { text, document, finding: { path, message: TOO_DEEP, part: "key" } };
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    const { line, column } = error;
    return { problem: { file, line, column, path: "", message: syntaxMessage(error.message) } };
  }
}

const TOO_DEEP = `nests deeper than ${MAX_DEPTH} levels`;

function syntaxMessage(message: string): string {
  const reason = message.split("\n", 1)[0]!.replace(/^Invalid TOML document: /, "");
  if (reason.includes("excessively nested")) return TOO_DEEP;
  if (reason.includes("unsafe property")) return 'the keys "__proto__" and "constructor" are not allowed';
  return `is not valid TOML: ${reason}`;
}

/**
 * Dotted keys and headers nest without brackets, so the parser's own bound does not see them. Only the part that may hold
 * anything needs a look: elsewhere nothing is followed deeper than the schema goes. `path` is left as it was.
 */
function findTooDeep(value: unknown, path: (string | number)[]): ConfigPath | undefined {
  if (typeof value !== "object" || value === null || value instanceof Date) return undefined;
  if (path.length > MAX_DEPTH) return [...path];
  for (const [key, child] of Object.entries(value)) {
    path.push(Array.isArray(value) ? Number(key) : key);
    const found = findTooDeep(child, path);
    if (found !== undefined) return found;
    path.pop();
  }
  return undefined;
}

/** Bytes of one character never hold a newline, so the fault is in a line of its own. */
function notUtf8(content: Uint8Array, file: string): Problem {
  let start = 0;
  let line = 1;
  const lineAt = (from: number): Uint8Array => {
    const end = content.indexOf(0x0a, from);
    return content.subarray(from, end === -1 ? content.byteLength : end);
  };
  while (isUtf8(lineAt(start))) {
    start += lineAt(start).byteLength + 1;
    line++;
  }
  const column = Buffer.from(lineAt(start)).toString("utf8").indexOf("\ufffd") + 1;
  return { file, line, column, path: "", message: "is not UTF-8 text" };
}
