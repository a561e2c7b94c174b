import { isUtf8 } from "node:buffer";
import type { Problem } from "@berth/contract";
import type { Document } from "./document.ts";
import type { DocumentPath } from "./finding.ts";

/** A manifest is a page of text; more is a mistake or an attack. */
export const MAX_MANIFEST_BYTES = 256 * 1_024;
/** `config.schema` is the deepest honest part; a JSON Schema nests twice for each level of the configuration. */
const MAX_DEPTH = 64;

/** Reads TOML within the bounds. Only `smol-toml` is loaded for it, and only now. */
export async function parseDocument(
  content: string | Uint8Array,
  file: string,
): Promise<{ text: string; document: Document } | { problems: Problem[] }> {
  const bytes = typeof content === "string" ? Buffer.byteLength(content) : content.byteLength;
  if (bytes > MAX_MANIFEST_BYTES) return { problems: [tooLarge(bytes, file)] };
  if (typeof content !== "string" && !isUtf8(content)) return { problems: [notUtf8(content, file)] };
  const text = (typeof content === "string" ? content : Buffer.from(content).toString("utf8")).replace(/^\ufeff/, "");
  return parseText(text, file);
}

export function tooLarge(bytes: number, file: string): Problem {
  return { file, path: "", message: `is too large: ${bytes} bytes, at most ${MAX_MANIFEST_BYTES} are read` };
}

async function parseText(
  text: string,
  file: string,
): Promise<{ text: string; document: Document } | { problems: Problem[] }> {
  const { parse, TomlError } = await import("smol-toml");
  try {
    const document: Document = parse(text, { maxDepth: MAX_DEPTH, unsafeKeyBehaviour: "throw" });
    const path = findTooDeep(document);
    if (path === undefined) return { text, document };
    const { describeProblems } = await import("./describe-problems.ts");
    return { problems: await describeProblems(text, file, [{ path, message: TOO_DEEP, atKey: true }]) };
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    const { line, column } = error;
    return { problems: [{ file, line, column, path: "", message: syntaxMessage(error.message) }] };
  }
}

const TOO_DEEP = `nests deeper than ${MAX_DEPTH} levels`;

function syntaxMessage(message: string): string {
  const reason = message.split("\n", 1)[0]!.replace(/^Invalid TOML document: /, "");
  if (reason.includes("excessively nested")) return TOO_DEEP;
  if (reason.includes("unsafe property")) return 'the keys "__proto__" and "constructor" are not allowed';
  return `is not valid TOML: ${reason}`;
}

/** Dotted keys and headers nest without brackets, so the parser's own bound does not see them. */
function findTooDeep(document: Document): DocumentPath | undefined {
  const waiting: { value: object; path: DocumentPath }[] = [{ value: document, path: [] }];
  for (let next = waiting.pop(); next; next = waiting.pop()) {
    const { value, path } = next;
    if (path.length > MAX_DEPTH) return path;
    for (const [key, child] of Object.entries(value)) {
      if (typeof child === "object" && child !== null && !(child instanceof Date)) {
        waiting.push({ value: child as object, path: [...path, Array.isArray(value) ? Number(key) : key] });
      }
    }
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
