import { describe, expect, test } from "vitest";
import { expandDocument } from "./expand-document.ts";
import { readDocument } from "./read-document.ts";
import { placeSectionIssues, retypeSection } from "./section-issues.ts";

const TEXT = `
sources:
  - id: a
    config:
      key: "\${KEY}"
      route: "\${ROUTE}"
      list: [1, 2]
`;
const document = await expandDocument(await readDocument({ file: "a.yaml", text: TEXT }), {
  env: { KEY: "hunter2$&", ROUTE: "4" },
});
const section = ["sources", 0, "config"];

describe("placeSectionIssues", () => {
  test("places what a plugin says of its configuration in the operator's file", async () => {
    const issues = [
      { path: ["list", 1], message: "must be\nodd" },
      { path: ["city"], message: "is missing" },
    ];
    expect(await placeSectionIssues(document, section, issues)).toEqual([
      { file: "a.yaml", line: 7, column: 17, path: "sources[0].config.list[1]", message: "must be odd" },
      { file: "a.yaml", line: 4, column: 5, path: "sources[0].config.city", message: "is missing" },
    ]);
  });

  test("hides what came from the environment, wherever the plugin repeats it", async () => {
    const issues = [{ path: ["key"], message: 'must be longer, found "hunter2$&", not hunter2$&' }];
    const [problem] = await placeSectionIssues(document, section, issues);
    expect(problem?.message).toBe('must be longer, found "${KEY}", not ${KEY}');
  });
});

describe("retypeSection", () => {
  test("gives the section with a number where text from the environment was refused", () => {
    const retyped = retypeSection(document, section, [{ path: ["route"], message: "must be a whole number" }]);
    expect(retyped).toMatchObject({ key: "hunter2$&", route: 4, list: [1, 2] });
  });

  test("gives nothing when no text from the environment was refused", () => {
    expect(retypeSection(document, section, [{ path: ["list"], message: "x" }])).toBeUndefined();
    expect(retypeSection(document, section, [{ path: ["key"], message: "x" }])).toBeUndefined();
  });
});
