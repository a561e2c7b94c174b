import { describe, expect, test } from "vitest";
import { expandDocument } from "./expand-document.ts";
import { readDocument } from "./read-document.ts";
import { retypeReferences } from "./retype-references.ts";

const TEXT = `
a: \${A}
list: [x, "\${B:-b}-\${A}"]
"\${A}": key
off: { secret: "\${NONE}" }
plain: [1, true, null, "$\${x}"]
`;

const expand = async (allowOff: boolean) =>
  expandDocument(await readDocument({ file: "a.yaml", text: TEXT }), {
    env: { A: "1" },
    allowUnset: (path, value) => allowOff && path[0] === "off" && typeof value === "object",
  });

describe("expandDocument", () => {
  test("expands string values and leaves keys and other values alone [SIG-53]", async () => {
    const { value } = await expand(true);
    expect(JSON.parse(JSON.stringify(value))).toEqual({
      a: "1",
      list: ["x", "b-1"],
      "${A}": "key",
      off: { secret: "${NONE}" },
      plain: [1, true, null, "${x}"],
    });
  });

  test("records which values came from the environment, for the host to hide them", async () => {
    expect([...(await expand(true)).references]).toEqual([
      ["a", { variables: ["A"], whole: true, unset: false }],
      ["list[1]", { variables: ["B", "A"], whole: false, unset: false }],
      ["off.secret", { variables: ["NONE"], whole: true, unset: true }],
    ]);
  });

  test("reports an unset variable unless the caller allows it there", async () => {
    expect((await expand(true)).problems).toEqual([]);
    expect((await expand(false)).problems).toMatchObject([{ line: 5, column: 16, path: "off.secret" }]);
  });

  test("keeps the places of what it replaced", async () => {
    expect(await (await expand(true)).locate(["list", 1])).toEqual({ file: "a.yaml", line: 3, column: 11 });
  });
});

describe("retypeReferences", () => {
  test("changes only whole references at the places named, in a copy", async () => {
    const document = await expand(true);
    const retyped = retypeReferences(document.value, document.references, [
      ["a"],
      ["list", 1],
      ["plain", 0],
      ["nowhere"],
    ]);
    expect(JSON.parse(JSON.stringify(retyped))).toMatchObject({ a: 1, list: ["x", "b-1"] });
    expect(document.value).toMatchObject({ a: "1" });
    expect(
      retypeReferences(document.value, document.references, [
        ["list", 1],
        ["off", "secret"],
      ]),
    ).toBeUndefined();
  });
});
