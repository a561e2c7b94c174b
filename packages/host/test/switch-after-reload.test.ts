import { createTestHost } from "@berth/testing";
import { expect, test } from "vitest";
import { aCall, echoPlugin } from "./plugins-of-tests.ts";

test("a plugin that was reloaded stays off when it is switched off", async () => {
  await using host = await createTestHost({ plugins: [echoPlugin("echo")] });
  await using instance = host.instance({ contribution: "source/echo", instanceId: "one" });
  expect(await instance.method("fetch")([], aCall())).toMatchObject({ title: "one" });
  expect(await host.reloads.reload("echo")).toMatchObject({ outcome: "reloaded" });
  await host.switches.switchOff("echo", { by: "ada" });
  await expect(instance.method("fetch")([], aCall())).rejects.toMatchObject({ code: "PLUGIN_DISABLED" });
});
