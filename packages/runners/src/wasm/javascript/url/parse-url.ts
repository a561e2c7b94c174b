import { parseHost } from "./host.ts";
import { CONTROL, FRAGMENT, PATH, percentEncode, queryCharacters, USERINFO } from "./percent.ts";
import { defaultPort, isSpecial, type UrlRecord } from "./url-record.ts";

/** Where a URL is, and what follows the scheme, cut at its query and fragment. */
interface Parts {
  rest: string;
  query: string | undefined;
  fragment: string | undefined;
}

type Authority = Pick<UrlRecord, "username" | "password" | "host" | "port">;

/** What stands around a URL is not part of it. */
// oxlint-disable-next-line no-control-regex -- control characters stand there too
const AROUND = /^[\u0000-\u0020]+|[\u0000-\u0020]+$/g;

/** Reads a URL by the URL standard; `undefined` when it is none. */
export function parseUrl(input: string, base?: UrlRecord): UrlRecord | undefined {
  const text = input
    .toWellFormed()
    .replace(AROUND, "")
    .replace(/[\t\n\r]/g, "");
  const found = /^([a-z][a-z0-9+\-.]*):/i.exec(text);
  if (found) return parseAbsolute(found[1]!.toLowerCase(), cut(text.slice(found[0].length)), base);
  if (!base) return undefined;
  const parts = cut(text);
  if (typeof base.path === "string") {
    return text.startsWith("#") ? { ...base, fragment: fragmentOf(parts) } : undefined;
  }
  return parseRelative(base.scheme, parts, base);
}

function cut(text: string): Parts {
  const hash = text.indexOf("#");
  const fragment = hash < 0 ? undefined : text.slice(hash + 1);
  const before = hash < 0 ? text : text.slice(0, hash);
  const mark = before.indexOf("?");
  if (mark < 0) return { rest: before, query: undefined, fragment };
  return { rest: before.slice(0, mark), query: before.slice(mark + 1), fragment };
}

function parseAbsolute(scheme: string, parts: Parts, base: UrlRecord | undefined): UrlRecord | undefined {
  if (!isSpecial(scheme)) return parseOther(scheme, parts);
  const slashed = parts.rest.replaceAll("\\", "/");
  const sameBase = base?.scheme === scheme ? base : undefined;
  if (scheme === "file") return parseFile(parts, sameBase);
  if (sameBase && !slashed.startsWith("//")) return parseRelative(scheme, parts, sameBase);
  return withAuthority(scheme, slashed.replace(/^\/+/, ""), parts);
}

function parseOther(scheme: string, parts: Parts): UrlRecord | undefined {
  const { rest } = parts;
  if (rest.startsWith("//")) return withAuthority(scheme, rest.slice(2), parts);
  const path = rest.startsWith("/") ? resolvePath(scheme, [], rest.slice(1)) : percentEncode(rest, CONTROL);
  return { scheme, ...NO_AUTHORITY, path, ...ends(scheme, parts) };
}

const NO_AUTHORITY: Authority = { username: "", password: "", host: undefined, port: undefined };

function parseRelative(scheme: string, parts: Parts, base: UrlRecord): UrlRecord | undefined {
  if (scheme === "file") return parseFile(parts, base);
  const rest = isSpecial(scheme) ? parts.rest.replaceAll("\\", "/") : parts.rest;
  if (rest.startsWith("//")) {
    return withAuthority(scheme, isSpecial(scheme) ? rest.replace(/^\/+/, "") : rest.slice(2), parts);
  }
  return onBase(scheme, rest, parts, base);
}

function onBase(scheme: string, rest: string, parts: Parts, base: UrlRecord): UrlRecord {
  const path = base.path as string[];
  const url = { ...base, scheme, ...ends(scheme, parts) };
  if (rest.startsWith("/")) return { ...url, path: resolvePath(scheme, [], rest.slice(1)) };
  if (rest !== "") return { ...url, path: resolvePath(scheme, path.slice(0, -1), rest) };
  return { ...url, path: [...path], query: parts.query === undefined ? base.query : url.query };
}

function withAuthority(scheme: string, rest: string, parts: Parts): UrlRecord | undefined {
  const end = rest.indexOf("/");
  const authority = parseAuthority(scheme, end < 0 ? rest : rest.slice(0, end));
  if (!authority) return undefined;
  const path = end < 0 ? emptyPath(scheme) : resolvePath(scheme, [], rest.slice(end + 1));
  return { scheme, ...authority, path, ...ends(scheme, parts) };
}

const emptyPath = (scheme: string): string[] => (isSpecial(scheme) ? [""] : []);

function parseAuthority(scheme: string, text: string): Authority | undefined {
  const at = text.lastIndexOf("@");
  const credentials = at < 0 ? "" : text.slice(0, at);
  const colon = credentials.indexOf(":");
  const place = parsePlace(scheme, text.slice(at + 1));
  if (!place || (place.host === "" && (at >= 0 || place.port !== undefined))) return undefined;
  return {
    username: percentEncode(colon < 0 ? credentials : credentials.slice(0, colon), USERINFO),
    password: colon < 0 ? "" : percentEncode(credentials.slice(colon + 1), USERINFO),
    ...place,
  };
}

/** Host and port. */
export function parsePlace(scheme: string, text: string): Pick<UrlRecord, "host" | "port"> | undefined {
  const [, name = "", , digits] = /^((?:\[[^\]]*\]|[^:])*)(:(.*))?$/s.exec(text) ?? [];
  if (digits !== undefined && !/^[0-9]*$/.test(digits)) return undefined;
  if (name === "" && (isSpecial(scheme) || digits !== undefined)) return undefined;
  const host = name === "" ? "" : parseHost(name, isSpecial(scheme));
  const port = parsePort(scheme, digits ?? "");
  return host === undefined || port === "none" ? undefined : { host, port };
}

export function parsePort(scheme: string, digits: string): number | undefined | "none" {
  if (digits === "") return undefined;
  const port = Number(digits);
  if (port > 65_535) return "none";
  return port === defaultPort(scheme) ? undefined : port;
}

/** A drive of Windows is where paths of files begin. */
const DRIVE = /^[a-z][:|]$/i;

function parseFile(parts: Parts, base: UrlRecord | undefined): UrlRecord | undefined {
  const rest = parts.rest.replaceAll("\\", "/");
  const url = { scheme: "file", ...NO_AUTHORITY, host: "", ...ends("file", parts) };
  if (rest.startsWith("//")) {
    const end = rest.indexOf("/", 2);
    const name = rest.slice(2, end < 0 ? undefined : end);
    if (DRIVE.test(name)) return { ...url, path: resolvePath("file", [], rest.slice(2)) };
    const host = name === "" ? "" : parseHost(name, true);
    if (host === undefined) return undefined;
    const path = end < 0 ? [""] : resolvePath("file", [], rest.slice(end + 1));
    return { ...url, host: host === "localhost" ? "" : host, path };
  }
  if (!base) return { ...url, path: resolvePath("file", [], rest.replace(/^\//, "")) };
  if (!rest.startsWith("/")) {
    if (/^[a-z][:|](?:\/|$)/i.test(rest)) return { ...url, host: base.host, path: resolvePath("file", [], rest) };
    return onBase("file", rest, parts, base);
  }
  const drive = (base.path as string[])[0] ?? "";
  const start = DRIVE.test(drive) && !DRIVE.test(rest.slice(1).split("/")[0]!) ? [drive] : [];
  return { ...url, host: base.host, path: resolvePath("file", start, rest.slice(1)) };
}

/** Segments of `text` after those of `start`, with `.` and `..` followed. */
export function resolvePath(scheme: string, start: readonly string[], text: string): string[] {
  const path = [...start];
  const segments = (isSpecial(scheme) ? text.replaceAll("\\", "/") : text).split("/");
  segments.forEach((segment, index) => {
    const isLast = index === segments.length - 1;
    const dots = segment.replaceAll(/%2e/gi, ".");
    if (dots === "..") {
      if (!(scheme === "file" && path.length === 1 && DRIVE.test(path[0]!))) path.pop();
      if (isLast) path.push("");
    } else if (dots === ".") {
      if (isLast) path.push("");
    } else if (scheme === "file" && path.length === 0 && DRIVE.test(segment)) {
      path.push(`${segment[0]!}:`);
    } else {
      path.push(percentEncode(segment, PATH));
    }
  });
  return path;
}

function ends(scheme: string, parts: Parts): Pick<UrlRecord, "query" | "fragment"> {
  const { query } = parts;
  return {
    query: query === undefined ? undefined : percentEncode(query, queryCharacters(isSpecial(scheme))),
    fragment: fragmentOf(parts),
  };
}

function fragmentOf({ fragment }: Parts): string | undefined {
  return fragment === undefined ? undefined : percentEncode(fragment, FRAGMENT);
}
