import { HostError } from "@berth/contract";
import { describe, expect, test } from "vitest";
import { reportError } from "./report-error.ts";

function report(error: unknown, asJson = false) {
  const said = { out: "", err: "" };
  const stream = (name: "out" | "err") => ({ write: (text: string) => (said[name] += text) });
  const code = reportError({ out: stream("out"), err: stream("err") }, error, asJson);
  return { code, ...said };
}

describe("reportError", () => {
  test("says what the user can mend in one sentence, and ends with 2", () => {
    expect(report(new HostError("CONFIG_INVALID", "Cannot use it: it is wrong"))).toEqual({
      code: 2,
      out: "",
      err: "berth: Cannot use it: it is wrong\n",
    });
  });

  test("tells causes that say something new, and what to do, and ends with 1", () => {
    const cause = new Error("disk full", { cause: new Error("ENOSPC") });
    expect(report(new HostError("STORAGE_FAILED", "Cannot write: disk full", { cause })).err).toBe(
      "berth: Cannot write: disk full\n  because: ENOSPC\n" +
        "  Check disk space and the rights on the database file (STORAGE_FAILED)\n",
    );
    expect(report("a thrown text")).toMatchObject({ code: 1, err: "berth: a thrown text\n" });
  });

  test("gives programs code, message and details", () => {
    const error = new HostError("CONFIG_INVALID", "It is wrong", { details: { at: 7 } });
    const { code, out, err } = report(error, true);
    expect({ code, err }).toEqual({ code: 2, err: "" });
    expect(JSON.parse(out)).toEqual({
      version: 1,
      error: { code: "CONFIG_INVALID", message: "It is wrong", details: { at: 7 } },
    });
    expect(JSON.parse(report(new TypeError("oops"), true).out)).toMatchObject({
      error: { code: "INVARIANT_BROKEN", message: "oops" },
    });
  });

  test("lets no text drive the terminal", () => {
    expect(report(new Error("\u001B[2J")).err).toBe("berth: \\u001b[2J\n");
  });
});
