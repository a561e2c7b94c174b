import { createTestHost, type PluginToWrite } from "@berth/testing";
import { describe, expect, test } from "vitest";
import { aCall } from "./plugins-of-tests.ts";

/** Adds a section, and answers with what stands in it. */
const PAGING: PluginToWrite = {
  name: "paging",
  provides: { config: ["paging"], service: ["pager"] },
  source: `
    import { defineConfigSection, definePlugin, defineService, fields } from "@berth/sdk";
    let seen: unknown;
    export default definePlugin({
      provides: [
        defineConfigSection("paging", {
          config: fields({ from: { type: "int", required: true } }),
          create: (config) => {
            seen = config;
            return { check: (section: any) => (section.from > 9 ? ["from is too far", "line\\nbreak"] : []) };
          },
        }),
        defineService("pager", { create: () => ({ methods: { pages: () => seen } }) }),
      ],
    });`,
};

describe("ConfigSections", () => {
  test.each(["inline", "worker"] as const)("give the section to its plugin, in tier %s [OPS-9]", async (isolation) => {
    const config = { plugins: { paging: { enabled: true, accept_unenforced: [], isolation } } };
    await using host = await createTestHost({ plugins: [PAGING], config, sections: { paging: { from: 3 } } });
    expect(await host.start(AbortSignal.timeout(20_000))).toEqual([]);
    await using pager = host.instance({ contribution: "service/pager", instanceId: "p" });
    expect(await pager.method("pages")([], aCall())).toEqual({ from: 3 });
  });

  test("tell what its code finds wrong, on one line, and the host goes on [OPS-9]", async () => {
    await using host = await createTestHost({ plugins: [PAGING], sections: { paging: { from: 10 }, other: 1 } });
    const failures = await host.start(AbortSignal.timeout(20_000));
    expect(failures.map(({ message }) => message)).toEqual([
      'Cannot use the section `paging` of plugin "paging": from is too far; line break',
      expect.stringContaining("No plugin provides config/other"),
    ]);
  });
});
