import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseCommits, parseCommitTimes, parseShortstat } from "./parse-log.ts";
import { parseStatus } from "./parse-status.ts";

/** What git can print of a name or a message: anything but NUL. */
const printed = fc.string({ unit: "binary" }).map((text) => text.replaceAll("\0", ""));

describe("parseCommits", () => {
  test("reads back any author and any message", () => {
    const commit = fc.record({ author: printed, subject: printed, at: fc.nat(4_000_000_000) });
    fc.assert(
      fc.property(fc.array(commit, { maxLength: 5 }), (commits) => {
        const output = commits.map(({ author, subject, at }) => `abc123\0${at}\0${author}\0${subject}\0`).join("\n");
        const found = parseCommits(output === "" ? "" : `${output}\n`);
        const words = (text: string): string => text.replace(/\s+/g, " ").trim();
        expect(found).toEqual(
          commits.map(({ author, subject, at }) => ({
            hash: "abc123",
            at: at * 1_000,
            author: words(author) || "nobody",
            subject: words(subject),
          })),
        );
      }),
    );
  });

  test("leaves out what is no commit", () => {
    expect(parseCommits("x\0soon\0Ada\0hello\0\nabc123\x0099999999999999999\0Ada\0late\0\n")).toEqual([]);
    expect(parseCommitTimes("5\0Ada\0\n\0")).toEqual([{ at: 5_000, author: "Ada" }]);
  });
});

describe("parseShortstat", () => {
  test("adds up one, many and none", () => {
    const output =
      " 1 file changed, 1 insertion(+)\n\n 3 files changed, 10 insertions(+), 2 deletions(-)\n 1 file changed, 0 insertions(+), 0 deletions(-)\n 1 file changed, 1 deletion(-)\n";
    expect(parseShortstat(output)).toEqual({ added: 11, removed: 3 });
  });
});

describe("parseStatus", () => {
  test("counts what is changed, new and in conflict, a renamed file once", () => {
    const output = [
      "# branch.oid 1234",
      "# branch.head feature/x",
      "# branch.upstream origin/x",
      "# branch.ab +2 -1",
      "1 .M N... 100644 100644 100644 a b file",
      "2 R. N... 100644 100644 100644 a b R100 new name",
      "? old name that looks like an entry",
      "u UU N... 1 2 3 4 a b c clash",
      "? new",
      "",
    ].join("\0");
    expect(parseStatus(output)).toEqual({ branch: "feature/x", changedFiles: 4, ahead: 2, behind: 1, isEmpty: false });
  });

  test("knows a tree without a commit and one without a branch", () => {
    expect(parseStatus("# branch.oid (initial)\0# branch.head main\0")).toMatchObject({
      branch: "main",
      isEmpty: true,
    });
    expect(parseStatus("# branch.oid 12\0# branch.head (detached)\0")).toMatchObject({
      branch: undefined,
      isEmpty: false,
    });
  });
});
