import { HostError } from "@berth/contract";
import { describe, expect, test } from "vitest";
import { isBusy, storageError } from "./storage-error.ts";

/** As `node:sqlite` makes them: `errcode` is SQLite's extended code. */
function sqliteError(errcode: number): Error {
  return Object.assign(new Error("from SQLite"), { code: "ERR_SQLITE_ERROR", errcode });
}

function systemError(code: string): Error {
  return Object.assign(new Error(`${code}: from the system`), { code });
}

describe("storageError", () => {
  test.each([
    [sqliteError(5), "another process held /x.db locked for seconds; look whether one hangs"],
    [sqliteError(8 + 256 * 3), "/x.db is read-only; name a file on a file system that can be written"],
    [sqliteError(10 + 256 * 3), "the disk that holds /x.db reports an error; check it, and the space on it"],
    [sqliteError(13), "the disk that holds /x.db is full; free some space"],
    [sqliteError(14), "/x.db is not there or cannot be opened; check the path and the rights on its folder"],
    [sqliteError(19), "from SQLite (/x.db)"],
    [systemError("EACCES"), "no right to write /x.db or its folder; check owner and mode of both"],
    [systemError("EROFS"), "/x.db is read-only; name a file on a file system that can be written"],
    [systemError("ENOSPC"), "the disk that holds /x.db is full; free some space"],
    [systemError("EDQUOT"), "the disk that holds /x.db is full; free some space"],
    [systemError("EMFILE"), "EMFILE: from the system (/x.db)"],
    ["thrown text", "thrown text (/x.db)"],
    [undefined, "a thrown undefined (/x.db)"],
  ])("says what to do about %s", (cause, reason) => {
    expect(storageError("record a run", "/x.db", cause)).toMatchObject({
      code: "STORAGE_FAILED",
      message: `Cannot record a run: ${reason}`,
      details: { path: "/x.db" },
    });
  });

  test("keeps the cause, and lets a HostError pass", () => {
    const cause = sqliteError(11);
    expect(storageError("list runs", "/x.db", cause).cause).toBe(cause);
    const refusal = new HostError("LIMIT_EXCEEDED", "Cannot store it: too large");
    expect(storageError("store a value", "/x.db", refusal)).toBe(refusal);
  });
});

test("isBusy is true of every kind of busy and of nothing else", () => {
  const errors = [sqliteError(5), sqliteError(5 + 256), sqliteError(11), systemError("EBUSY"), undefined];
  expect(errors.map(isBusy)).toEqual([true, true, false, false, false]);
});
