import { neutraliseLine } from "@berth/base";
import { type CallContext, holdsPermission, HostError, isCallerPermission } from "@berth/contract";

// oxlint-disable-next-line typescript/no-explicit-any -- any method may be guarded; its own types stay
type Method = (...args: any[]) => unknown;

/**
 * Demands permissions of whoever calls a method: all that are named, in dotted words such as `deployment.execute`. The operator
 * lets plugins have them (`grant.may` in `berth.yaml`); what the caller has comes with the call, from the host. Guards may be
 * stacked, and work as standard decorators (`@requirePermission("…")`) where code is compiled.
 *
 * The method must get the call context as its last argument, as every method of a contribution does. A caller that lacks one
 * hears `PERMISSION_DENIED`, and the method does not run.
 *
 * @example
 * const mayDeploy = requirePermission("deployment.execute");
 * const mayScale = requirePermission("service.scale");
 * defineService("deployer", {
 *   create: () => ({
 *     methods: {
 *       deploy: mayDeploy(async (input, call) => `deployed for ${call.caller}`),
 *       resize: mayDeploy(mayScale(async (input) => "resized")),
 *     },
 *   }),
 * });
 */
export function requirePermission(first: string, ...more: string[]): <M extends Method>(method: M) => M {
  const required = [first, ...more];
  assertPermissionNames(required);
  return <M extends Method>(method: M): M => {
    const guarded = function (this: unknown, ...args: unknown[]): unknown {
      assertPermitted(args.at(-1), required);
      return method.apply(this, args);
    };
    return Object.defineProperty(guarded, "name", { value: method.name }) as unknown as M;
  };
}

/** @throws HostError `CONTRACT_BROKEN` for a word that no operator could grant. */
export function assertPermissionNames(names: readonly unknown[]): void {
  for (const name of names) {
    if (typeof name === "string" && isCallerPermission(name)) continue;
    const shown = neutraliseLine(String(name), 100);
    const message = `Cannot demand the permission "${shown}": write lower-case words joined by dots, such as deployment.execute`;
    throw new HostError("CONTRACT_BROKEN", message);
  }
}

/** @throws HostError `PERMISSION_DENIED`, with the caller at fault, unless the caller of `call` has all that is required. */
export function assertPermitted(call: unknown, required: readonly string[]): void {
  const { caller, permissions } = (call ?? {}) as Partial<CallContext>;
  // Fail closed: no call, or one of a host that does not tell what its caller may, is one that may nothing.
  const granted = Array.isArray(permissions) ? (permissions as readonly string[]) : [];
  const missing = required.filter((name) => !holdsPermission(granted, name));
  if (missing.length === 0) return;
  const who = typeof caller === "string" ? neutraliseLine(caller, 200) : "whoever called";
  throw new HostError("PERMISSION_DENIED", `Did not do it: ${who} has no permission ${missing.join(", ")}`, {
    details: { fault: "caller", caller: who, required: [...required], missing },
  });
}
