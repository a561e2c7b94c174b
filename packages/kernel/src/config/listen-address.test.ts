import { describe, expect, test } from "vitest";
import { formatListenAddress, parseListenAddress } from "./listen-address.ts";

describe("parseListenAddress", () => {
  test.each([
    ["127.0.0.1:9464", "127.0.0.1:9464"],
    ["9464", "127.0.0.1:9464"],
    [":9464", "127.0.0.1:9464"],
    ["0.0.0.0:0", "0.0.0.0:0"],
    ["[::1]:80", "[::1]:80"],
    ["localhost:1", "localhost:1"],
  ])("reads %s as %s: this machine alone, unless an address is named", (text, expected) => {
    expect(formatListenAddress(parseListenAddress(text)!)).toBe(expected);
  });

  test.each(["", "host.example:80", "127.0.0.1", "127.0.0.1:65536", "::1:80", "[127.0.0.1]:80", "1.2.3.4:-1", "a:b:1"])(
    "refuses %j",
    (text) => expect(parseListenAddress(text)).toBeUndefined(),
  );
});
