import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  canonicalHost,
  formatHostPattern,
  type HostPattern,
  intersectHostPatterns,
  matchesHost,
  parseHostPattern,
} from "./host-pattern.ts";
import { requestTarget } from "./request-target.ts";

/** Whether a pattern lets a request to `address` through, as far as its host goes. */
function isLetThrough(pattern: string, address: string): boolean {
  const parsed = parseHostPattern(pattern);
  const url = URL.parse(address);
  const target = url && requestTarget(url);
  return parsed !== undefined && target ? matchesHost(parsed, target.host, target.port) : false;
}

describe("matchesHost", () => {
  test.each([
    ["api.example.org", "https://api.example.org/v1"],
    ["api.example.org", "http://api.example.org/"],
    ["API.Example.ORG", "https://api.example.org/"],
    ["api.example.org", "https://API.EXAMPLE.ORG/"],
    ["api.example.org.", "https://api.example.org/"],
    ["api.example.org", "https://api.example.org./"],
    ["api.example.org:8443", "https://api.example.org:8443/"],
    ["api.example.org:443", "https://api.example.org/"],
    ["*.example.org", "https://a.example.org/"],
    ["*.example.org", "https://a.b.example.org/"],
    ["*.example.org:81", "http://a.example.org:81/"],
    ["*", "https://anything.example/"],
    ["*", "http://8.8.8.8/"],
    ["bücher.example", "https://xn--bcher-kva.example/"],
    ["xn--bcher-kva.example", "https://BÜCHER.example/"],
    ["*.bücher.example", "https://a.xn--bcher-kva.example/"],
    ["example.org", "https://example。org/"],
    ["127.0.0.1:8080", "http://127.0.0.1:8080/"],
    ["127.0.0.1:8080", "http://2130706433:8080/"],
    ["127.0.0.1:8080", "http://0x7f.1:8080/"],
    ["127.0.0.1:8080", "http://[::ffff:127.0.0.1]:8080/"],
    ["[::1]:8080", "http://[0:0:0:0:0:0:0:1]:8080/"],
    ["[::1]", "http://[::1]/"],
    ["::1", "http://[::1]/"],
    ["localhost:3000", "http://LOCALHOST.:3000/"],
  ])("%s lets %s through", (pattern, address) => expect(isLetThrough(pattern, address)).toBe(true));

  test.each([
    ["api.example.org", "https://api.example.org:8443/", "another port"],
    ["api.example.org:8443", "https://api.example.org/", "the default port when another is named"],
    ["*.example.org", "https://example.org/", "the apex"],
    ["*.example.org", "https://badexample.org/", "a name that only ends alike"],
    ["*.example.org", "https://a.example.org.evil.example/", "a name that only begins alike"],
    ["*.0.0.1", "http://127.0.0.1/", "an address taken for a name"],
    ["api.example.org", "https://api.example.org@evil.example/", "a host in the user's place"],
    ["api.example.org", "https://user@api.example.org/", "a user name"],
    ["api.example.org", "https://user:pass@api.example.org/", "a user name with password"],
    ["api.example.org", "https://evil.example/https://api.example.org", "a host in the path"],
    ["api.example.org", "https://evil.example\\@api.example.org/", "a backslash that ends the host"],
    ["api.example.org", "https://evil.example#@api.example.org/", "a hash that ends the host"],
    ["api.example.org", "ftp://api.example.org/", "ftp"],
    ["api.example.org", "file://api.example.org/etc/passwd", "file"],
    ["api.example.org", "ws://api.example.org/", "a web socket"],
    ["api.example.org", "data:text/plain,api.example.org", "data"],
    ["*", "http://127.0.0.1/", "loopback by the wildcard"],
    ["*", "http://localhost/", "localhost by the wildcard"],
    ["*", "http://LOCALHOST./", "localhost spelt otherwise"],
    ["*", "http://[::1]/", "IPv6 loopback by the wildcard"],
    ["*", "http://0.0.0.0/", "the unspecified address"],
    ["*", "http://0/", "the unspecified address, short"],
    ["*", "http://2130706433/", "loopback as one number"],
    ["*", "http://0177.0.0.1/", "loopback in octal"],
    ["*", "http://127.1/", "loopback shortened"],
    ["*", "http://[::ffff:10.0.0.1]/", "a mapped private address"],
    ["*", "http://169.254.169.254/latest/meta-data", "cloud metadata"],
    ["*", "http://192.168.1.1/", "a private address"],
    ["*", "http://[fd00::1]/", "a unique local address"],
    ["*", "http://[fe80::1]/", "a link-local address"],
    ["*", "https://example.org:8443/", "another port by the wildcard"],
    ["127.0.0.1:8080", "http://127.0.0.2:8080/", "a neighbouring address"],
    ["example.org", "https://еxample.org/", "a Cyrillic look-alike"],
  ])("%s does not let %s through: %s", (pattern, address) => expect(isLetThrough(pattern, address)).toBe(false));
});

describe("parseHostPattern", () => {
  test.each([
    "",
    "http://example.org",
    "example.org/path",
    "user@example.org",
    "exa mple.org",
    "example.org:0",
    "example.org:65536",
    "example.org:abc",
    "example.org:",
    "a.*.example.org",
    "*example.org",
    "*.",
    "*.*.org",
    "*.127.0.0.1",
    "*.[::1]",
    "[::1",
    "[::1]x",
    "a..b",
    ".example.org",
    "example.org..",
    "exa%6dple.org",
    "example.org\r\nx",
    "a".repeat(64),
    "config:url",
  ])("refuses %j", (text) => expect(parseHostPattern(text)).toBeUndefined());

  test("reads back what formatHostPattern writes, for every pattern", () => {
    fc.assert(
      fc.property(hostPattern, (pattern) => {
        const parsed = parseHostPattern(formatHostPattern(pattern));
        expect(parsed).toEqual({ ...pattern, host: pattern.host });
      }),
    );
  });

  test("canonicalHost changes nothing the second time", () => {
    fc.assert(
      fc.property(fc.oneof(fc.webAuthority(), fc.domain(), fc.ipV4Extended(), fc.ipV6(), fc.string()), (text) => {
        const once = canonicalHost(text);
        expect(once === undefined ? undefined : canonicalHost(once)).toBe(once);
      }),
    );
  });
});

const name = fc.constantFrom("example.org", "a.example.org", "b.a.example.org", "other.net", "localhost");
const address = fc.constantFrom("127.0.0.1", "10.0.0.1", "8.8.8.8", "::1", "2606:4700::1111");
const hostPattern: fc.Arbitrary<HostPattern> = fc.record({
  host: fc.oneof(
    fc.constant("*"),
    name.map((suffix) => `*.${suffix}`),
    name,
    address,
  ),
  port: fc.constantFrom(undefined, 80, 443, 8080),
});
const target = fc.record({
  host: fc.oneof(
    name,
    address,
    name.map((suffix) => `x.${suffix}`),
  ),
  port: fc.constantFrom(80, 443, 8080, 9),
});

describe("intersectHostPatterns", () => {
  test("fits exactly what both patterns fit", () => {
    fc.assert(
      fc.property(hostPattern, hostPattern, target, (a, b, { host, port }) => {
        const both = intersectHostPatterns(a, b);
        const isFit = both !== undefined && matchesHost(both, host, port);
        expect(isFit).toBe(matchesHost(a, host, port) && matchesHost(b, host, port));
      }),
      { numRuns: 2_000 },
    );
  });

  test("does not depend on the order, and is the pattern itself with itself", () => {
    fc.assert(
      fc.property(hostPattern, hostPattern, (a, b) => {
        expect(intersectHostPatterns(a, b)).toEqual(intersectHostPatterns(b, a));
        expect(intersectHostPatterns(a, a)).toEqual(a);
      }),
    );
  });
});
