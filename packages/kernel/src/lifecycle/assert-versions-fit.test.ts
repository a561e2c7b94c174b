import { manifestSchema } from "@berth/contract/manifest";
import { describe, expect, test } from "vitest";
import { assertVersionsFit } from "./assert-versions-fit.ts";

const manifestOf = (dependencies: object) =>
  manifestSchema.parse({ plugin: { name: "picky", version: "1.0.0" }, dependencies });
const present = { host: "2.4.0-beta.1", node: "26.10.0" };

describe("assertVersionsFit", () => {
  test.each([{}, { host: "^2.4.0-beta.1" }, { host: ">=2 <3", node: ">=24" }, { node: "*" }, { host: "2.x" }])(
    "lets %j through",
    async (dependencies) => {
      expect(await assertVersionsFit(manifestOf(dependencies), present)).toBeUndefined();
    },
  );

  test.each([
    [{ host: "^3" }, 'Cannot start plugin "picky": it asks for Berth ^3, this is 2.4.0-beta.1'],
    [{ host: "2.x", node: "^24" }, 'Cannot start plugin "picky": it asks for Node.js ^24, this is 26.10.0'],
  ])("refuses %j [RPT-37]", async (dependencies, message) => {
    const check = assertVersionsFit(manifestOf(dependencies), present);
    await expect(check).rejects.toMatchObject({ code: "PLUGIN_INCOMPATIBLE", message });
  });
});
