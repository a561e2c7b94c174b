import type { JsonValue } from "@berth/base";
import { composeEndpoint } from "@berth/kernel/calls";
import { createTestHost, type PluginToWrite, type TestHost } from "@berth/testing";
import { expect, test } from "vitest";

const DEPLOYER: PluginToWrite = {
  name: "deployer",
  provides: { service: ["deployer"] },
  source: `
    import { definePlugin, defineService, requirePermission } from "@berth/sdk";
    const mayDeploy = requirePermission("deployment.execute");
    const mayScale = requirePermission("service.scale");
    export default definePlugin({
      provides: [
        defineService("deployer", {
          requires: ["deployment.use"],
          create: () => ({
            methods: {
              look: (input, call) => "seen by " + call.caller,
              deploy: mayDeploy(async (input, call) => "deployed for " + call.caller),
              resize: mayDeploy(mayScale(async (input, call) => "resized for " + call.caller)),
            },
          }),
        }),
      ],
    });`,
};

/** A plugin that asks for everything, so that only what it is granted counts. */
const ROBOT: PluginToWrite = {
  name: "robot",
  provides: { source: ["robot"] },
  manifest: '[permissions]\nmay = ["*"]',
  source: `
    import { definePlugin, defineSource } from "@berth/sdk";
    export default definePlugin({ provides: [defineSource("robot", { create: () => ({ fetch: async () => undefined }) })] });`,
};

const signal = AbortSignal.timeout(60_000);

/** What each method of the deployer answers `caller`: its answer, or the code of the refusal and whose fault it is. */
async function answersTo(host: TestHost, caller: string): Promise<Record<string, JsonValue>> {
  await using instance = host.instance({ contribution: "service/deployer", instanceId: `for-${caller}` });
  const answers: Record<string, JsonValue> = {};
  for (const method of ["look", "deploy", "resize"]) {
    const endpoint = composeEndpoint<null, string>({
      name: `service/deployer ${method}`,
      invoke: (input, call) => instance.method(method)([input], call) as Promise<string>,
      clock: host.clock,
      wheel: host.wheel,
      permissionsOf: host.permissionsOf,
      policy: { breaker: { failureThreshold: 1 } },
    });
    const outcome = await endpoint.run(null, { caller, signal });
    answers[method] =
      outcome.kind === "failed"
        ? `${outcome.error.code} of the ${outcome.error.info.fault}`
        : outcome.kind === "fresh"
          ? outcome.value
          : outcome.kind;
    expect(endpoint.breakerState.state).toBe("closed");
  }
  return answers;
}

test.each(["inline", "worker", "process"] as const)(
  "in tier %s a plugin is obeyed in what it demands of its callers, by what the operator granted them [OPS-51]",
  { tags: ["slow"] },
  async (isolation) => {
    const settings = { enabled: true, accept_unenforced: [], isolation };
    await using host = await createTestHost({
      plugins: [DEPLOYER, ROBOT],
      config: {
        plugins: {
          deployer: settings,
          robot: { ...settings, grant: { may: ["deployment.*"] } },
        },
      },
    });
    const refused = "PERMISSION_DENIED of the caller";
    expect(await answersTo(host, "plugin/robot")).toEqual({ look: refused, deploy: refused, resize: refused });
    await host.plugins.get("robot").activate(signal);
    expect(await answersTo(host, "plugin/robot")).toEqual({
      look: "seen by plugin/robot",
      deploy: "deployed for plugin/robot",
      resize: refused,
    });
    expect(await answersTo(host, "plugin/stranger")).toEqual({ look: refused, deploy: refused, resize: refused });
    expect(await answersTo(host, "app/signage")).toMatchObject({ resize: "resized for app/signage" });
  },
);
