import { isHostError } from "@berth/contract";
import { expect, test } from "vitest";
import { encodeArguments } from "./argument-list.ts";

test("encodeArguments ends each argument with a zero byte, and takes none that has one", () => {
  expect(encodeArguments(["--setenv", "NAME", "grüße\n"]).toString()).toBe("--setenv\0NAME\0grüße\n\0");
  expect(() => encodeArguments(["--setenv", "NAME", "value\0--bind\0/\0/"])).toThrowError(
    expect.toSatisfy((error: unknown) => isHostError(error, "CONFIG_INVALID")),
  );
});
