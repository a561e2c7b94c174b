import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { OwnURL } from "./own-url.ts";
import { OwnURLSearchParams } from "./url-search-params.ts";

const PARTS = [
  "href",
  "origin",
  "protocol",
  "username",
  "password",
  "host",
  "hostname",
  "port",
  "pathname",
  "search",
  "hash",
] as const;

type AnyUrl = { [Part in (typeof PARTS)[number]]: string };

/** Every part of a URL, or what it is not. */
function partsOf(make: () => AnyUrl): string[] | "no URL" {
  try {
    const url = make();
    return PARTS.map((part) => url[part]);
  } catch (error) {
    expect(error).toBeInstanceOf(TypeError);
    return "no URL";
  }
}

const ours = (input: string, base?: string) => partsOf(() => new OwnURL(input, base));
const nodes = (input: string, base?: string) => partsOf(() => new URL(input, base));

describe("OwnURL reads as Node's URL does", () => {
  test.each([
    "https://user:p%40ss@Example.ORG:443/a/./b/../c%20d?q=1 2#frag ment",
    "http://example.org:8080",
    "http://[::1]:3000/x",
    "http://[2001:db8:0:0:1:0:0:1]/",
    "http://[::ffff:192.0.2.1]",
    "http://[1::2::3]",
    "http://[1:2:3:4:5:6:7]",
    "http://0x7f.1/",
    "http://127.1",
    "http://256.256.256.256",
    "http://1.2.3.4.5",
    "http://2130706433",
    "http://1.2.3.08",
    "http://bücher.example/straße",
    "http://日本語.jp",
    "http://a b.example",
    "http://exa%6Dple.org",
    "http://example.org:99999",
    "http://example.org:",
    "http://:80",
    "http://@example.org",
    "http://u@",
    "http://u:@h",
    "http://a@b@c/",
    "http:example.org",
    "http:/example.org",
    "http:\\\\example.org\\a\\b",
    "https:////example.org",
    "mailto:ada@example.org",
    "data:text/plain,hello world?x#y",
    "javascript:alert(1)",
    "urn:isbn:1",
    "foo://bar/baz",
    "foo://bar:1",
    "foo://",
    "foo:///x",
    "foo:/a/../b",
    "foo:/..//x",
    "file:///etc/passwd",
    "file://host/share",
    "file:///C:/a/../..",
    "file:c:\\windows",
    "file://localhost/x",
    "file:/x",
    "  https://example.org/\t\n ",
    "https://example.org/%zz",
    "https://example.org/a%2e%2E/b",
    "https://example.org/'\"<>`{}|^\\?'\"<>`{}|^\\#'\"<>`{}|^\\",
    "https://example.org?",
    "https://example.org#",
    "https://example.org/\ud800",
    "",
    "x",
    "//example.org",
    "/a",
    "?q",
    "#f",
    "1http://x",
    "wss://example.org:443/s",
    "ftp://example.org:21/f",
  ])("%j", (input) => expect(ours(input)).toEqual(nodes(input)));

  test.each([
    ["b", "https://example.org/a/"],
    ["../b", "https://example.org/a/c/d"],
    ["/b", "https://example.org/a/c?d#e"],
    ["//other.example/x", "https://example.org/a"],
    ["\\\\other.example\\x", "https://example.org/a"],
    ["?q", "https://example.org/a?p#f"],
    ["#g", "https://example.org/a?p#f"],
    ["", "https://example.org/a?p#f"],
    ["https:b", "https://example.org/a/c"],
    ["http:b", "https://example.org/a/c"],
    ["b", "mailto:x"],
    ["#b", "mailto:x"],
    ["x", "file:///a/b"],
    ["/x", "file:///C:/b"],
    ["D:/x", "file:///C:/b"],
    ["../..", "file:///C:/b/c"],
    ["x", "foo://h/a/b"],
    ["../x", "foo:/a/b"],
    ["b", "no base"],
  ])("%j on %j", (input, base) => expect(ours(input, base)).toEqual(nodes(input, base)));

  test("anything made of what URLs are made of", () => {
    const token = fc.constantFrom(
      ..."http: https: file: foo: // / \\ ? # @ : . .. %2e %41 %zz a b C é [ ] ::1 1.2.3.4 0x1 80 443 99999 = & + ' \" < > ^ | { } ` ~ ! * ( ) ; , $ - _ \t \n".split(
        " ",
      ),
    );
    const text = fc.array(token, { maxLength: 9 }).map((parts) => parts.join(""));
    fc.assert(
      fc.property(
        text,
        fc.constantFrom(undefined, "https://u:p@h.example:8/a/b?q#f", "file:///C:/x", "foo://h/a/b"),
        (input, base) => {
          expect(ours(input, base)).toEqual(nodes(input, base));
        },
      ),
      { numRuns: 3_000 },
    );
  });

  test("what is set", () => {
    const values = [
      "x",
      "",
      "/",
      "a/b?c#d",
      "?",
      "#",
      "é ",
      "80",
      "443",
      "99999",
      "8a",
      "h:1",
      "[::1]",
      "http",
      "file:",
      "foo",
      "..",
    ];
    const setter = fc.constantFrom(
      "href",
      "protocol",
      "username",
      "password",
      "host",
      "hostname",
      "port",
      "pathname",
      "search",
      "hash",
    );
    const starts = [
      "https://u:p@example.org:8443/a/b?c=d#e",
      "http://example.org",
      "foo://bar/baz",
      "mailto:x",
      "file:///a/b",
    ];
    fc.assert(
      fc.property(
        fc.constantFrom(...starts),
        fc.array(fc.tuple(setter, fc.constantFrom(...values)), { maxLength: 3 }),
        (start, steps) => {
          const change = (url: AnyUrl) => () => {
            for (const [part, value] of steps) url[part as keyof AnyUrl] = value;
            return url;
          };
          expect(partsOf(change(new OwnURL(start)))).toEqual(partsOf(change(new URL(start))));
        },
      ),
      { numRuns: 1_500 },
    );
  });
});

describe("OwnURLSearchParams", () => {
  test("is what Node's is", () => {
    const name = fc.constantFrom("a", "b", "é", "a b", "&", "=", "+", "%41", "");
    const step = fc.tuple(fc.constantFrom("append", "set", "delete", "sort"), name, name);
    fc.assert(
      fc.property(
        fc.constantFrom("", "?a=1&b=2&a=3", "a", "=x&&y=", "%41=%zz+%C3%A9", "é=ü"),
        fc.array(step, { maxLength: 4 }),
        (start, steps) => {
          const shown = (params: URLSearchParams | OwnURLSearchParams): unknown => {
            for (const [method, one, other] of steps) {
              if (method === "sort") params.sort();
              else if (method === "delete") params.delete(one);
              else if (method === "append") params.append(one, other);
              else params.set(one, other);
            }
            return [params.toString(), [...params], params.get("a"), params.getAll("a"), params.has("b"), params.size];
          };
          expect(shown(new OwnURLSearchParams(start))).toEqual(shown(new URLSearchParams(start)));
        },
      ),
      { numRuns: 500 },
    );
  });

  test("changes the URL it belongs to", () => {
    const url = new OwnURL("https://example.org/?a=1");
    url.searchParams.set("b", "x y");
    expect(url.href).toBe("https://example.org/?a=1&b=x+y");
    url.search = "c=3";
    expect([...url.searchParams]).toEqual([["c", "3"]]);
  });
});
