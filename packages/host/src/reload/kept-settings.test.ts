import { describe, expect, test } from "vitest";
import { areWhole, settingsToKeep, settingsToRun } from "./kept-settings.ts";

const ENV = { TOKEN: "s3cret-token", TERM: "dumb", UNSET: undefined };

describe("Kept settings", () => {
  test("leave out what the environment holds, and are filled in with what it holds when they run again", () => {
    const settings = {
      city: "Oslo",
      headers: ["x", "Bearer s3cret-token"],
      deep: { key: "s3cret-token", mode: "dumb" },
    };
    const kept = settingsToKeep(settings, ENV);
    expect(JSON.stringify(kept)).not.toContain("s3cret");
    expect([areWhole(kept), areWhole(settings)]).toEqual([false, true]);
    expect(kept).toMatchObject({ city: "Oslo", deep: { mode: "dumb" } });
    const now = { city: "Bergen", headers: ["y", "Bearer other"], deep: { key: "other" } };
    expect(settingsToRun(kept, now)).toEqual({
      city: "Oslo",
      headers: ["x", "Bearer other"],
      deep: { key: "other", mode: "dumb" },
    });
  });

  test("lose what was left out and is not configured any more", () => {
    const kept = settingsToKeep({ list: ["s3cret-token", "b"], key: "s3cret-token" }, ENV);
    expect(settingsToRun(kept, {})).toEqual({ list: ["b"] });
  });

  test("keep a member called __proto__ a member", () => {
    const settings = JSON.parse('{"__proto__": {"a": "b"}}');
    const kept = settingsToKeep(settings, ENV);
    expect(JSON.stringify(settingsToRun(kept, {}))).toBe('{"__proto__":{"a":"b"}}');
  });
});
