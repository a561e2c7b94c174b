import { createTestContext } from "@berth/testing";
import { expect, test } from "vitest";
import { openAuthorization } from "./token.ts";

test("openAuthorization reads the token of the service account again each minute, since it changes [RPT-66]", async () => {
  let nowMs = 0;
  let reads = 0;
  await using opened = createTestContext({ now: () => nowMs });
  // The file is there in pods alone.
  const files = { ...opened.ctx.files, readText: () => Promise.resolve(`token-${++reads}\n`) };
  const authorization = openAuthorization({ ...opened.ctx, files, now: () => nowMs }, { token: "service-account" });
  const seen: unknown[] = [];
  for (nowMs of [0, 59_999, 60_000]) seen.push(await authorization());
  expect(seen).toEqual(["Bearer token-1", "Bearer token-1", "Bearer token-2"]);
});
