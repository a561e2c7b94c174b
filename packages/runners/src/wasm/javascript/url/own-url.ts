import { parsePlace, parsePort, parseUrl, resolvePath } from "./parse-url.ts";
import { CONTROL, FRAGMENT, percentEncode, queryCharacters, USERINFO } from "./percent.ts";
import { isSpecial, showPath, showUrl, type UrlRecord } from "./url-record.ts";
import { OwnURLSearchParams } from "./url-search-params.ts";

/** `URL`. */
export class OwnURL {
  #url: UrlRecord;
  #params: OwnURLSearchParams | undefined;

  constructor(input: string | OwnURL, base?: string | OwnURL) {
    this.#url = parsed(String(input), base === undefined ? undefined : String(base));
  }

  static canParse(input: string, base?: string): boolean {
    return OwnURL.parse(input, base) !== null;
  }

  static parse(input: string, base?: string): OwnURL | null {
    try {
      return new OwnURL(input, base);
    } catch {
      return null;
    }
  }

  get href(): string {
    return showUrl(this.#url);
  }

  set href(value: unknown) {
    this.#url = parsed(String(value));
    this.#params = undefined;
  }

  get origin(): string {
    const { scheme, host } = this.#url;
    return isSpecial(scheme) && scheme !== "file" ? `${scheme}://${host!}${this.#port}` : "null";
  }

  get protocol(): string {
    return `${this.#url.scheme}:`;
  }

  set protocol(value: unknown) {
    const scheme = /^([a-z][a-z0-9+\-.]*)(?::|$)/i.exec(String(value))?.[1]?.toLowerCase();
    if (scheme === undefined || isSpecial(scheme) !== isSpecial(this.#url.scheme)) return;
    if ((scheme === "file" && this.#hasAuthority) || (this.#url.scheme === "file" && this.#url.host === "")) return;
    const { port } = this.#url;
    this.#url.scheme = scheme;
    const kept = parsePort(scheme, port === undefined ? "" : String(port));
    this.#url.port = kept === "none" ? undefined : kept;
  }

  get username(): string {
    return this.#url.username;
  }

  set username(value: unknown) {
    if (this.#mayHaveAuthority) this.#url.username = percentEncode(String(value), USERINFO);
  }

  get password(): string {
    return this.#url.password;
  }

  set password(value: unknown) {
    if (this.#mayHaveAuthority) this.#url.password = percentEncode(String(value), USERINFO);
  }

  get host(): string {
    return (this.#url.host ?? "") + this.#port;
  }

  set host(value: unknown) {
    this.#setPlace(String(value), true);
  }

  get hostname(): string {
    return this.#url.host ?? "";
  }

  set hostname(value: unknown) {
    this.#setPlace(String(value), false);
  }

  get port(): string {
    return this.#url.port === undefined ? "" : String(this.#url.port);
  }

  set port(value: unknown) {
    if (!this.#mayHaveAuthority) return;
    const digits = /^[0-9]*/.exec(String(value))![0];
    if (digits === "" && String(value) !== "") return;
    const port = parsePort(this.#url.scheme, digits);
    if (port !== "none") this.#url.port = port;
  }

  get pathname(): string {
    return showPath(this.#url);
  }

  set pathname(value: unknown) {
    if (typeof this.#url.path === "string") return;
    const { scheme } = this.#url;
    const escaped = String(value).replaceAll("?", "%3F").replaceAll("#", "%23");
    const isSlashed = escaped.startsWith("/") || (isSpecial(scheme) && escaped.startsWith("\\"));
    this.#url.path =
      escaped === "" && !isSpecial(scheme) ? [] : resolvePath(scheme, [], isSlashed ? escaped.slice(1) : escaped);
  }

  get search(): string {
    return this.#url.query ? `?${this.#url.query}` : "";
  }

  set search(value: unknown) {
    const text = String(value);
    const query = percentEncode(text.replace(/^\?/, ""), queryCharacters(isSpecial(this.#url.scheme)));
    this.#url.query = text === "" ? undefined : query;
    this.#params = undefined;
  }

  get searchParams(): OwnURLSearchParams {
    this.#params ??= OwnURLSearchParams.of(this.#url.query ?? "", (text) => {
      this.#url.query = text === "" ? undefined : text;
    });
    return this.#params;
  }

  get hash(): string {
    return this.#url.fragment ? `#${this.#url.fragment}` : "";
  }

  set hash(value: unknown) {
    const text = String(value);
    this.#url.fragment = text === "" ? undefined : percentEncode(text.replace(/^#/, ""), FRAGMENT);
  }

  toString(): string {
    return this.href;
  }

  toJSON(): string {
    return this.href;
  }

  get #port(): string {
    return this.#url.port === undefined ? "" : `:${this.#url.port}`;
  }

  get #hasAuthority(): boolean {
    const { username, password, port } = this.#url;
    return username !== "" || password !== "" || port !== undefined;
  }

  get #mayHaveAuthority(): boolean {
    const { host, scheme } = this.#url;
    return host !== undefined && host !== "" && scheme !== "file";
  }

  #setPlace(value: string, withPort: boolean): void {
    const { scheme, path } = this.#url;
    if (typeof path === "string") return;
    const end = (isSpecial(scheme) ? /[/\\?#]/ : /[/?#]/).exec(value)?.index ?? value.length;
    const text = value.slice(0, end);
    const hasPort = !text.startsWith("[") && text.includes(":");
    if (hasPort && (!withPort || scheme === "file")) return;
    if (text === "" && this.#hasAuthority) return;
    const place = text === "" && scheme === "file" ? { host: "", port: undefined } : parsePlace(scheme, text);
    if (!place) return;
    this.#url.host = scheme === "file" && place.host === "localhost" ? "" : place.host;
    if (withPort && place.port !== undefined) this.#url.port = place.port;
  }
}

function parsed(input: string, base?: string): UrlRecord {
  const baseUrl = base === undefined ? undefined : parseUrl(base);
  const url = base !== undefined && !baseUrl ? undefined : parseUrl(input, baseUrl);
  if (url) return url;
  throw Object.assign(new TypeError("Invalid URL"), { code: "ERR_INVALID_URL", input: percentEncode(input, CONTROL) });
}
