import { expect, test } from "vitest";
import { secretValues } from "./secret-values.ts";

const schema = {
  properties: {
    key: { writeOnly: true },
    other: { secret: true },
    city: {},
    accounts: { items: { properties: { name: {}, tokens: { secret: true } } } },
    nested: { properties: { pass: { writeOnly: true } } },
  },
};

test("secretValues finds every text that the schema marks, wherever it stands, and no other", () => {
  const config = {
    key: "k1",
    other: "k2",
    city: "Oslo",
    accounts: [{ name: "a", tokens: ["k3", { deep: "k4" }, 7, null] }, { name: "b" }],
    nested: { pass: "k5", unknown: "no" },
  };
  expect(secretValues(schema, config)).toEqual(["k1", "k2", "k3", "k4", "k5"]);
});

test.each([[undefined], [null], ["text"], [7], [[]], [{}]])("secretValues finds nothing in %j", (config) => {
  expect(secretValues(schema, config)).toEqual([]);
  expect(secretValues(undefined, config)).toEqual([]);
});
