import { expect, test } from "vitest";
import { configReferenceFault, hostPatternFault, networkEntryFault, subjectFault } from "./patterns.ts";

const GOOD_HOSTS = [
  "localhost",
  "api.example.org",
  "*.example.org",
  "api.example.org:8443",
  "*.example.org:1",
  "xn--bcher-kva.example",
  "_service.example.org",
  "127.0.0.1:8080",
  "[::1]",
  "[2001:db8::1]:65535",
  "config:base_url",
  "config:server.url",
];
const BAD_HOSTS = [
  "",
  "*",
  "*.",
  ".example.org",
  "example.org.",
  "a..b",
  "-a.example",
  "a-.example",
  "api.*.org",
  "**.example.org",
  "Example.org",
  "bücher.example",
  "example.org:",
  "example.org:0",
  "example.org:080",
  "example.org:65536",
  "example.org:*",
  "::1",
  "[::g]",
  "[]",
  "[::1]x",
  "example.org/path",
  "https://example.org",
  "user@example.org",
  "a b",
  `${"a".repeat(64)}.example`,
  `${"a.".repeat(127)}example`,
  "config:",
  "config:a b",
  "config:.a",
];

test.each(GOOD_HOSTS)("hostPatternFault finds nothing wrong with %s", (pattern) => {
  expect(hostPatternFault(pattern)).toBeUndefined();
});

test.each(BAD_HOSTS)("hostPatternFault refuses %j in a sentence", (pattern) => {
  expect(hostPatternFault(pattern)).toMatch(/^(?:must|may) /);
});

test("hostPatternFault offers the host of an address", () => {
  expect(hostPatternFault("https://api.example.org:8443/v1?q=1")).toContain('did you mean "api.example.org:8443"?');
  expect(hostPatternFault("api.example.org/v1")).toContain('did you mean "api.example.org"?');
  expect(hostPatternFault("http://[")).toBe("must be a host without scheme or path");
});

test("configReferenceFault takes fields and fields within them", () => {
  expect(["config:a", "config:a.b-c", "config:_x"].map(configReferenceFault)).toEqual([
    undefined,
    undefined,
    undefined,
  ]);
  expect(configReferenceFault("config:1a")).toMatch(/^must name a field/);
});

test("subjectFault takes words, * for one and > for the rest", () => {
  expect(["weather", "weather.today", "weather.*", "*.today", "weather.>", ">"].map(subjectFault)).toEqual(
    Array.from({ length: 6 }, () => undefined),
  );
  for (const subject of ["", ".", "a.", ".a", "a..b", "a.>.b", "a b", "a*", "a>"]) {
    expect(subjectFault(subject)).toMatch(/^must be words/);
  }
});

test.each([
  ...GOOD_HOSTS,
  "GET api.example.org",
  "GET,POST api.example.org:8443/v1/*",
  "api.example.org/",
  "*.example.org/v1/*/items",
  "GET *",
  "*/healthz",
  "get [::1]:8080/x",
])("networkEntryFault finds nothing wrong with %s", (entry) => {
  expect(networkEntryFault(entry)).toBeUndefined();
});

test.each([
  ["*", "must name hosts; write network = true"],
  ["GET", "must be in lower case"],
  ["GET  ", "must be a host"],
  ["GET https://api.example.org", 'did you mean "api.example.org"?'],
  ["GET api.example.org:0/v1", "must have a port"],
  ["GET Api.example.org", 'did you mean "api.example.org"?'],
  ["config:a b", "must name a field"],
  ["GET config:base_url", "cannot have methods"],
  ["api.example.org/a/../b", "must have a path of plain parts"],
  ["api.example.org/a?b=1", "must have a path of plain parts"],
  ["api.example.org/a*b", "must have a path of plain parts"],
  ["api.example.org//a", "must have a path of plain parts"],
  ["api.example.org/a b", "must have a path of plain parts"],
])("networkEntryFault refuses %j in a sentence", (entry, sentence) => {
  expect(networkEntryFault(entry)).toContain(sentence);
});
