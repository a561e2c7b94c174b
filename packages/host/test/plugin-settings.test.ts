import { isHostError } from "@berth/contract";
import type { HostConfig } from "@berth/kernel/config";
import { createTestHost, type PluginToWrite } from "@berth/testing";
import { describe, expect, test } from "vitest";
import { aCall } from "./plugins-of-tests.ts";

/** A plugin that says what it was set, and tries to change it. */
const TALKER: PluginToWrite = {
  name: "talker",
  provides: { service: ["talker"] },
  manifest: `
[config.schema]
type = "object"
required = ["name"]
[config.schema.properties]
name = { type = "string" }
every_s = { type = "integer", minimum = 1, default = 5 }
deep = { type = "object", properties = { list = { type = "array" } } }
`,
  source: `
    import { definePlugin, defineService } from "@berth/sdk";
    export default definePlugin({
      provides: [
        defineService("talker", {
          create: (config, ctx) => {
            try { (ctx.settings as any).deep.list.push(4); } catch {}
            return { methods: { said: () => ctx.settings } };
          },
        }),
      ],
    });`,
};

type Entry = Partial<HostConfig["plugins"][string]>;
const configured = (entry: Entry): Partial<HostConfig> => ({
  plugins: { talker: { enabled: true, accept_unenforced: [], ...entry } },
});

async function settingsSeen(entry: Entry): Promise<unknown> {
  await using host = await createTestHost({ plugins: [TALKER], config: configured(entry) });
  await using instance = host.instance({ contribution: "service/talker", instanceId: "one" });
  return await instance.method("said")([], aCall());
}

describe("A plugin's settings reach it", () => {
  test.each(["inline", "worker", "process"] as const)(
    "in tier %s: checked, defaults filled in, not to be changed [RPT-98]",
    async (isolation) => {
      const settings = { name: "ada", deep: { list: [1] } };
      const seen = await settingsSeen({ isolation, minimum_isolation: "runtime", settings });
      expect(seen).toEqual({ name: "ada", every_s: 5, deep: { list: [1] } });
    },
  );

  test("or it is refused, alone, with what is wrong and where [BWK-16]", async () => {
    const failure = await settingsSeen({ settings: { every_s: 0 } }).catch((error: unknown) => error);
    expect(isHostError(failure, "CONFIG_INVALID") && failure.message).toBe(
      'Cannot start plugin "talker": plugins.talker.settings.name is missing; must be text; ' +
        "plugins.talker.settings.every_s must be at least 1, found 0",
    );
  });

  test("or it is refused when they are of another version, with what to do [BWK-18]", async () => {
    await expect(settingsSeen({ settings: { name: "ada" }, settings_version: 2 })).rejects.toThrow(
      'Cannot start plugin "talker": its settings are of version 2, it takes version 1; see `berth config migrate talker --dry-run`',
    );
  });
});
