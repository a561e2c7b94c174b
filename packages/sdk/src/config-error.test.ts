import { expect, test } from "vitest";
import { configError } from "./config-error.ts";

test("configError names plugin and field, and leads to the place in the file [SIG-63, SIG-160]", () => {
  const ctx = { plugin: { name: "weather", version: "1.0.0" }, instanceId: "weather_home" };
  expect(configError(ctx, "city", "is required")).toMatchObject({
    code: "CONFIG_INVALID",
    message: "weather: city is required",
    details: { instance: "weather_home", issues: [{ path: ["city"], message: "is required" }] },
  });
});
