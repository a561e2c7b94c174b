import { describe, expect, test } from "vitest";
import { ask } from "../../test/ask-for-tests.ts";
import { asksNothing, PERMISSIONS } from "./ask.ts";

describe("askOf", () => {
  test("spells a manifest out in one form, however it is written [FLX-37]", () => {
    const written = ask({
      network: ["post,GET API.example.org./v1/*", "b.example", "b.example"],
      filesystem: { read: ["./photos/", "/srv/../srv/data"] },
      exec: ['git  "log"', "git log"],
      system_calls: ["time", "connect", "time"],
    });
    expect(written.permissions).toMatchObject({
      network: ["GET,POST api.example.org/v1/*", "b.example"],
      "filesystem.read": ["/srv/data", "/work/site/photos"],
      "filesystem.write": [],
      exec: ["git log"],
    });
    expect(written.systemCalls).toEqual(["connect", "time"]);
  });

  test("takes the words of the repeater as they mean it [RPT-86] [RPT-87]", () => {
    expect(ask({ network: true, filesystem: "read-write" }).permissions).toMatchObject({
      network: ["*"],
      "filesystem.read": ["/work/site"],
      "filesystem.write": ["/work/site"],
    });
    expect(asksNothing(ask({ network: false, filesystem: "none" }))).toBe(true);
  });

  test("leaves out what means nothing, and what was not said", () => {
    const { permissions, limits } = ask({ network: ["http://x"] }, { memory_mb: 64 });
    expect(permissions.network).toEqual([]);
    expect(limits).toEqual({ memory_mb: 64 });
    expect(Object.keys(permissions)).toEqual([...PERMISSIONS]);
  });
});
