import { describe, expect, test } from "vitest";
import { findDestination, isReachable, networkRules, type NetworkUse } from "./network-rules.ts";

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
    const found = findDestination(rules, { host, port }, "connection");
    expect(!("refused" in found) && isReachable(found, address)).toBe(expected);
  });
});

describe("findDestination", () => {
  test.each([
    ["localhost", 80],
    ["127.0.0.1", 80],
    ["10.0.0.5", 443],
    ["nas.example", 5002],
    ["api.example.org", 22],
  ])("holds nothing for %s:%s", (host, port) =>
    expect(findDestination(rules, { host, port }, "connection")).toEqual({ refused: "host", entries: [] }),
  );

  const narrow = networkRules({
    network: [
      "GET,HEAD api.example.org/v1/*",
      "post api.example.org/v1/items",
      "open.example",
      "GET open.example/v2/*",
    ],
    configuredHosts: ["nas.example"],
  });
  const ask = (host: string, use: NetworkUse) => findDestination(narrow, { host, port: 443 }, use);

  test.each([
    ["GET", "/v1/", true],
    ["GET", "/v1/a/b", true],
    ["HEAD", "/v1/a", true],
    ["POST", "/v1/items", true],
    ["POST", "/v1/items/", false],
    ["POST", "/v1/other", false],
    ["PUT", "/v1/items", false],
    ["GET", "/v1", false],
    ["GET", "/v2/a", false],
    ["GET", "/", false],
    ["GET", "/V1/a", false],
  ])("holds %s %s under methods and paths: %s", (method, path, expected) => {
    const found = ask("api.example.org", { method, path });
    expect(!("refused" in found)).toBe(expected);
    if ("refused" in found) expect(found).toMatchObject({ refused: "request", entries: { length: 2 } });
  });

  test("names the entry that holds a request", () => {
    expect(ask("api.example.org", { method: "POST", path: "/v1/items" })).toMatchObject({
      entry: "post api.example.org/v1/items",
      reach: "public",
    });
  });

  test("holds no connection to a host of which only requests were granted", () => {
    expect(ask("api.example.org", "connection")).toMatchObject({ refused: "connection", entries: { length: 2 } });
    expect(ask("open.example", "connection")).toMatchObject({ entry: "open.example" });
  });

  test("lets a configured name lead into the own network even if the manifest names it as well", () => {
    const both = networkRules({ network: ["nas.example"], configuredHosts: ["nas.example"] });
    expect(findDestination(both, { host: "nas.example", port: 80 }, "connection")).toMatchObject({
      reach: "own-network",
    });
  });
});
