import type { CallContext, HostError } from "@berth/contract";
import { describe, expect, test } from "vitest";
import { definePlugin, defineService, requirePermission } from "./index.ts";
import { PluginRuntime } from "./runtime/plugin-runtime.ts";

const callOf = (permissions: readonly string[], caller = "plugin/robot"): CallContext => ({
  signal: new AbortController().signal,
  deadline: Infinity,
  attempt: 1,
  caller,
  permissions,
  correlationId: "c",
});

const deploy = requirePermission("deployment.execute")((input: string, _call: CallContext) => `deployed ${input}`);

describe("requirePermission", () => {
  test.each([[["deployment.execute"]], [["deployment.*"]], [["*"]], [["service.scale", "deployment.execute"]]])(
    "lets a caller with %j through [OPS-51]",
    (granted) => {
      expect(deploy("web", callOf(granted))).toBe("deployed web");
    },
  );

  test.each([[[]], [["deployment"]], [["deployment.read"]], [["service.*"]]])(
    "refuses a caller with %j, and says what is missing and whose fault that is [OPS-51]",
    (granted) => {
      const error = thrownBy(() => deploy("web", callOf(granted)));
      expect({ code: error.code, fault: error.info.fault, message: error.message, details: error.details }).toEqual({
        code: "PERMISSION_DENIED",
        fault: "caller",
        message: "Did not do it: plugin/robot has no permission deployment.execute",
        details: {
          fault: "caller",
          caller: "plugin/robot",
          required: ["deployment.execute"],
          missing: ["deployment.execute"],
        },
      });
    },
  );

  test.each([[undefined], [null], ["deployment.execute"], [{}], [{ permissions: "deployment.execute" }]])(
    "refuses %j in the place of a call",
    (call) => {
      expect(thrownBy(() => deploy("web", call as never)).code).toBe("PERMISSION_DENIED");
    },
  );

  test("may name several at once, and be stacked; every one is demanded [OPS-51]", () => {
    const stacked = requirePermission("deployment.execute")(
      requirePermission("service.scale")((_call: CallContext) => "done"),
    );
    const several = requirePermission("deployment.execute", "service.scale")((_call: CallContext) => "done");
    for (const guarded of [stacked, several]) {
      expect(guarded(callOf(["deployment.execute", "service.scale"]))).toBe("done");
      for (const only of ["deployment.execute", "service.scale"]) {
        expect(thrownBy(() => guarded(callOf([only]))).code).toBe("PERMISSION_DENIED");
      }
    }
  });

  test("keeps `this`, the arguments and the name of a method", () => {
    const service = {
      prefix: "at",
      where: requirePermission("a.b")(function where(this: { prefix: string }, place: string, _call: CallContext) {
        return `${this.prefix} ${place}`;
      }),
    };
    expect(service.where("home", callOf(["a.b"]))).toBe("at home");
    expect(service.where.name).toBe("where");
  });

  test.each(["", "Deploy", "deployment.*", "*", "a..b", "a b"])("refuses to demand %j", (name) => {
    expect(thrownBy(() => requirePermission(name)).code).toBe("CONTRACT_BROKEN");
  });
});

describe("`requires` of a contribution", () => {
  const open = async (requires: unknown) => {
    const service = defineService("deployer", {
      requires: requires as string[],
      create: () => ({ methods: { deploy: () => "deployed", check: () => "fine" } }),
    });
    const identity = { name: "deployer", version: "1.0.0", provides: ["service/deployer"] };
    const peer = { capabilities: () => ({}) as never, now: () => 0 };
    const runtime = new PluginRuntime({ default: definePlugin({ provides: [service] }) }, identity, peer);
    await runtime.openInstance({ contribution: "service/deployer", instanceId: "d", config: {} });
    return runtime;
  };

  test("is demanded for every method of its instances [OPS-51]", async () => {
    const runtime = await open(["deployment.use"]);
    for (const [method, answer] of Object.entries({ deploy: "deployed", check: "fine" })) {
      const invoke = runtime.method("d", method);
      await expect(invoke([null], callOf(["deployment.*"]))).resolves.toBe(answer);
      await expect(invoke([null], callOf([]))).rejects.toMatchObject({
        code: "PERMISSION_DENIED",
        details: { fault: "caller", missing: ["deployment.use"] },
      });
    }
  });

  test.each([["deployment.use"], [[7]], [["Deployment"]], [["deployment.*"]]])(
    "that is %j is refused",
    async (requires) => {
      await expect(open(requires)).rejects.toMatchObject({ code: "CONTRACT_BROKEN" });
    },
  );
});

function thrownBy(action: () => unknown): HostError {
  try {
    action();
  } catch (error) {
    return error as HostError;
  }
  throw new Error("nothing was thrown");
}
