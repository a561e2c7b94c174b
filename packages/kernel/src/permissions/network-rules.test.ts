import { describe, expect, test } from "vitest";
import { destinationOf, isReachable, networkRules } from "./network-rules.ts";

const rules = networkRules({
  network: ["*", "localhost:8080", "127.0.0.1:9090", "169.254.169.254", "nonsense//"],
  configuredHosts: ["nas.example:5001", "10.0.0.5:80"],
});

describe("isReachable", () => {
  test.each([
    ["api.example.org", 443, "93.184.216.34", true],
    ["api.example.org", 443, "2606:4700::1111", true],
    ["api.example.org", 443, "127.0.0.1", false],
    ["api.example.org", 443, "10.0.0.5", false],
    ["api.example.org", 443, "::ffff:127.0.0.1", false],
    ["api.example.org", 443, "169.254.169.254", false],
    ["localhost", 8080, "127.0.0.1", true],
    ["localhost", 8080, "::1", true],
    ["localhost", 8080, "93.184.216.34", false],
    ["127.0.0.1", 9090, "127.0.0.1", true],
    ["127.0.0.1", 9090, "127.0.0.2", false],
    ["169.254.169.254", 80, "169.254.169.254", true],
    ["nas.example", 5001, "192.168.1.9", true],
    ["nas.example", 5001, "127.0.0.1", true],
    ["nas.example", 5001, "93.184.216.34", true],
    ["nas.example", 5001, "169.254.169.254", false],
    ["nas.example", 5001, "fd00:ec2::254", false],
    ["nas.example", 5001, "0.0.0.0", false],
    ["nas.example", 443, "192.168.1.9", false],
    ["10.0.0.5", 80, "10.0.0.5", true],
  ])("%s:%s may end at %s: %s", (host, port, address, expected) => {
    const destination = destinationOf(rules, { host, port });
    expect(destination && isReachable(destination, address)).toBe(expected);
  });
});

describe("destinationOf", () => {
  test.each([
    ["localhost", 80],
    ["127.0.0.1", 80],
    ["10.0.0.5", 443],
    ["nas.example", 5002],
    ["api.example.org", 22],
  ])("holds nothing for %s:%s", (host, port) => expect(destinationOf(rules, { host, port })).toBeUndefined());
});
