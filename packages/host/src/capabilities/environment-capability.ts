import type { Capabilities, Grant } from "@berth/contract";
import { malformed, quoted } from "./capability-errors.ts";
import type { CapabilityScope } from "./capability-scope.ts";

/** Granted variables of the host's environment. They are plain text: what must stay hidden is granted as a secret. */
export function createEnvironmentCapability(
  scope: CapabilityScope,
  grant: Pick<Grant, "env">,
  environment: Readonly<Record<string, string | undefined>>,
): Pick<Capabilities, "environment"> {
  const granted = new Set(grant.env);
  return {
    environment: (name) =>
      scope.run(undefined, async () => {
        if (typeof name !== "string") throw malformed("Cannot get a variable: its name must be text");
        const use = { kind: "env", name } as const;
        if (!granted.has(name)) {
          const sentence = `Cannot get variable ${quoted(name)}: it was not granted; ask for it in permissions.env`;
          throw scope.deny("env", use, sentence);
        }
        scope.used("env", use, name);
        return Object.hasOwn(environment, name) ? environment[name] : undefined;
      }),
  };
}
