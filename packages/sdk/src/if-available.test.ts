import { HostError } from "@berth/contract";
import { expect, test } from "vitest";
import { ifAvailable } from "./if-available.ts";

test.each([
  "PLUGIN_FAILED",
  "CALL_BREAKER_OPEN",
  "CALL_DEADLINE_EXCEEDED",
  "SERVICE_NOT_FOUND",
  "PLUGIN_DISABLED",
] as const)("ifAvailable has nothing where a call failed by %s [BWK-3] [BWK-7]", async (code) => {
  expect(await ifAvailable(Promise.reject(new HostError(code, "away")))).toBeUndefined();
});

test.each(["CONFIG_INVALID", "PERMISSION_DENIED", "CALL_CANCELLED", "CALL_RATE_EXCEEDED"] as const)(
  "ifAvailable throws %s, which is about the call",
  async (code) => {
    await expect(ifAvailable(Promise.reject(new HostError(code, "no")))).rejects.toMatchObject({ code });
    await expect(ifAvailable(Promise.reject(new Error("a bug of the caller")))).rejects.toThrow("a bug");
    expect(await ifAvailable(Promise.resolve(0))).toBe(0);
  },
);
