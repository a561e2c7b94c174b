import { expect, test } from "vitest";
import { readDocument } from "./read-document.ts";
import { renameKeys } from "./rename-keys.ts";

test("renameKeys spells keys otherwise, keeps their places, and tells what is then there twice", async () => {
  const text = "a-b: 1\nkeep:\n  c-d: 2\na_b: 3\n";
  const read = await readDocument({ file: "x.yaml", text });
  const document = await renameKeys(read, (key, path) => (path.length === 0 ? key.replaceAll("-", "_") : key));
  expect(document.value).toEqual({ a_b: 3, keep: { "c-d": 2 } });
  expect(await document.locate(["keep", "c-d"])).toMatchObject({ line: 3, column: 8 });
  expect(document.problems).toMatchObject([{ path: "a_b", message: "is given twice, in two spellings" }]);
});
