import { expect, test } from "vitest";
import * as z from "zod";
import { manifestSchema } from "./manifest.ts";
import { RUNTIME_TIERS, TIERS } from "./tiers.ts";

type JsonSchema = {
  description?: string;
  properties?: Record<string, JsonSchema>;
  anyOf?: JsonSchema[];
  items?: JsonSchema;
};

/** The paths of all properties without a description, through lists and alternatives. */
function undescribed(schema: JsonSchema, path: string): string[] {
  const inner = [...(schema.anyOf ?? []), ...(schema.items ? [schema.items] : [])].flatMap((one) =>
    undescribed(one, path),
  );
  const properties = Object.entries(schema.properties ?? {}).flatMap(([name, property]) => [
    ...(property.description === undefined ? [`${path}.${name}`] : []),
    ...undescribed(property, `${path}.${name}`),
  ]);
  return [...inner, ...properties];
}

test("manifestSchema describes every property, since editors show the description", () => {
  const schema = z.toJSONSchema(manifestSchema, { io: "input" }) as JsonSchema;
  expect(Object.keys(schema.properties ?? {})).toContain("plugin");
  expect(undescribed(schema, "")).toEqual([]);
});

test("manifestSchema can be exported for editors that know draft 4 only", () => {
  expect(z.toJSONSchema(manifestSchema, { io: "input", target: "draft-4" })).toMatchObject({
    additionalProperties: false,
  });
});

test("manifestSchema allows every isolation that some runtime type can run in", () => {
  expect(new Set(Object.values(RUNTIME_TIERS).flat())).toEqual(new Set(TIERS));
  expect(manifestSchema.shape.runtime.unwrap().shape.type.unwrap().options.toSorted()).toEqual(
    Object.keys(RUNTIME_TIERS).toSorted(),
  );
});
