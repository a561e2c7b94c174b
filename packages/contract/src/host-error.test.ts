import { expect, test } from "vitest";
import { HostError } from "./host-error.ts";

test("HostError tells a denial that is the caller's own fault from one of the plugin [OPS-51]", () => {
  const denied = new HostError("PERMISSION_DENIED", "no");
  expect(denied.info).toMatchObject({ fault: "plugin", status: 403 });
  const ofCaller = new HostError("PERMISSION_DENIED", "no", { details: { fault: "caller" } });
  expect(ofCaller.info).toMatchObject({ fault: "caller", status: 403, retry: false });
});

test.each([[undefined], [null], ["caller"], [["caller"]], [{ fault: "plugin" }]])(
  "HostError takes details %j for nothing more than they are",
  (details) => {
    expect(new HostError("PERMISSION_DENIED", "no", { details: details as never }).info.fault).toBe("plugin");
    expect(new HostError("PLUGIN_FAILED", "no", { details: { fault: "caller" } }).info.fault).toBe("plugin");
  },
);
