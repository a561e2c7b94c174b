import { manifestSchema } from "@berth/contract/manifest";
import { expect, test } from "vitest";
import { dependentsOf } from "./dependents.ts";

function plugin(name: string, ...needs: string[]) {
  const requires = Object.fromEntries(needs.map((needed) => [needed, "*"]));
  return { name, manifest: manifestSchema.parse({ plugin: { name, version: "1.0.0" }, dependencies: { requires } }) };
}

test("dependentsOf names all that need a plugin, each before what it needs itself, and ends where they need each other [OPS-48]", () => {
  const diamond = [plugin("base"), plugin("left", "base"), plugin("right", "base"), plugin("top", "left", "right")];
  expect(dependentsOf("base", diamond)).toEqual(["top", "left", "right"]);
  expect(dependentsOf("top", diamond)).toEqual([]);
  expect(dependentsOf("one", [plugin("one", "two"), plugin("two", "one")])).toEqual(["two"]);
});
