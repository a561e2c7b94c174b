import { expect, test } from "vitest";
import { codeOf, openCapabilities } from "../../test/open-capabilities.ts";

const env = { LANG: "C.UTF-8", EMPTY: "", TOKEN: "secret" };

test("gives granted variables, and nothing for one that is not set [OPS-24]", async () => {
  await using probe = await openCapabilities({ env, grant: { env: ["LANG", "EMPTY", "MISSING", "toString"] } });
  const get = (name: string) => probe.capabilities.environment(name);
  expect([await get("LANG"), await get("EMPTY"), await get("MISSING"), await get("toString")]).toEqual([
    "C.UTF-8",
    "",
    undefined,
    undefined,
  ]);
  expect(probe.used[0]).toMatchObject({ capability: "env", what: { kind: "env", name: "LANG" }, entry: "LANG" });
});

test.each(["TOKEN", "lang", "PATH", "", "__proto__"])("denies %j, which was not granted", async (name) => {
  await using probe = await openCapabilities({ env, grant: { env: ["LANG"], secrets: ["TOKEN"] } });
  expect(await codeOf(probe.capabilities.environment(name))).toBe("PERMISSION_DENIED");
  expect(await codeOf(probe.capabilities.environment(7 as never))).toBe("CONTRACT_BROKEN");
  expect(probe.denied).toMatchObject([{ capability: "env", what: `get ${name}`, use: { kind: "env", name } }]);
});
