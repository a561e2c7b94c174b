import { describe, expect, test } from "vitest";
import { localTimeZone, timeZoneProblem } from "./time-zone.ts";

describe("timeZoneProblem", () => {
  test.each(["UTC", "Europe/Berlin", "america/new_york", "Asia/Kolkata", "+05:30", localTimeZone()])(
    "takes %s",
    (zone) => {
      expect(timeZoneProblem(zone)).toBeUndefined();
    },
  );

  test.each([
    ["Europe/Berln", "did you mean Europe/Berlin?"],
    ["Berlin", "did you mean Europe/Berlin?"],
    ["new york", "did you mean America/New_York?"],
    ["Mars/Olympus", "use a name such as Europe/Berlin or UTC"],
  ])("says of %s: %s", (zone, hint) => {
    expect(timeZoneProblem(zone)).toBe(`there is no time zone "${zone}"; ${hint}`);
  });
});
