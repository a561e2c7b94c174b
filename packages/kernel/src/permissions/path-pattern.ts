/**
 * Paths of requests: `/v1/items` is that path alone; a part that is `*` is any one part, and as the last one the rest, so that
 * `/v1/*` is everything below `/v1/`. The query is nobody's business here.
 */
export type PathPattern = readonly string[];

const LONGEST = 1_000;
const ANY = "*";
/** A path that is encoded more often than this has something to hide. */
const MOST_DECODINGS = 4;

/** Reads a pattern; `undefined` when it is none. */
export function parsePathPattern(text: string): PathPattern | undefined {
  if (text.length > LONGEST || !text.startsWith("/")) return undefined;
  const url = URL.parse(`http://host${text}`);
  // As the parser writes paths of requests: what it would change here could never fit one.
  if (!url || url.search !== "" || url.hash !== "" || url.pathname !== text || !isPlainPath(text)) return undefined;
  const parts = partsOf(text);
  return parts.every((part) => part === ANY || !part.includes("*")) ? parts : undefined;
}

/** The text a pattern is written as. */
export function formatPathPattern(pattern: PathPattern): string {
  return `/${pattern.join("/")}`;
}

/** Whether a pattern fits the path of a URL. A path that two servers may read differently fits none. */
export function matchesPath(pattern: PathPattern, path: string): boolean {
  if (!isPlainPath(path)) return false;
  const parts = partsOf(path);
  for (const [i, wanted] of pattern.entries()) {
    const found = parts[i];
    if (found === undefined) return false;
    if (wanted === ANY && i === pattern.length - 1) return true;
    if (wanted === ANY ? found === "" : wanted !== found) return false;
  }
  return parts.length === pattern.length;
}

/** What both patterns fit; `undefined` when that is nothing. */
export function intersectPathPatterns(a: PathPattern, b: PathPattern): PathPattern | undefined {
  const both: string[] = [];
  for (let i = 0; i < a.length || i < b.length; i++) {
    const [left, right] = [a[i], b[i]];
    if (left === undefined || right === undefined) return undefined;
    if (left === ANY && i === a.length - 1) return [...both, ...b.slice(i)];
    if (right === ANY && i === b.length - 1) return [...both, ...a.slice(i)];
    if (left !== ANY && right !== ANY && left !== right) return undefined;
    const part = left === ANY ? right : left;
    if (part === "") return undefined;
    both.push(part);
  }
  return both;
}

function partsOf(path: string): string[] {
  return path.slice(1).split("/");
}

/**
 * Whether every server takes the path apart in the same way: no slash, dot, semicolon or NUL in disguise, no part that one drops (`;` begins a
 * parameter for some, which makes `..;` a way up) and no empty one, which some leave out.
 */
function isPlainPath(path: string): boolean {
  if (isDisguised(path)) return false;
  const parts = partsOf(path);
  return parts.every((part, i) => !/^\.{1,2}(?:;|$)/.test(part) && (part !== "" || i === parts.length - 1));
}

/** Some servers decode more than once, and some read as a dot what is no text at all, such as `%c0%ae`. */
function isDisguised(path: string): boolean {
  for (let text = path, round = 0; round < MOST_DECODINGS; round++) {
    if (/\\|\0|%(?:2e|2f|3b|5c|00)/i.test(text)) return true;
    const decoded = decode(text);
    if (decoded === undefined) return round === 0 || /%[\da-f]{2}/i.test(text);
    if (decoded === text) return false;
    text = decoded;
  }
  return true;
}

function decode(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
