import type { Capabilities } from "@berth/contract";
import { malformed, quoted } from "../capability-errors.ts";
import type { CapabilityScope } from "../capability-scope.ts";
import type { SecretHandles } from "./secret-handles.ts";
import type { SecretReader } from "./secret-reader.ts";
import type { SecretRules } from "./secret-rules.ts";

/** What {@link createSecretsCapability} needs beside its scope. */
export interface SecretsCapabilityOptions {
  rules: SecretRules;
  handles: SecretHandles;
  reader: SecretReader;
}

/** Granted secrets by name: their value, or a text that stands for them. */
export function createSecretsCapability(
  scope: CapabilityScope,
  { rules, handles, reader }: SecretsCapabilityOptions,
): Pick<Capabilities, "secret" | "secretHandle"> {
  const allowed = (name: unknown, as: "value" | "handle"): string => {
    if (typeof name !== "string") throw malformed("Cannot get a secret: its name must be text");
    const use = { kind: "secret", name, as } as const;
    const entry = as === "value" ? rules.readable(name) : rules.usable(name);
    if (entry !== undefined) {
      scope.used("secrets", use, entry);
      return name;
    }
    const sentence =
      rules.usable(name) === undefined
        ? `it was not granted; ask for it in permissions.secrets`
        : `it was granted for request headers alone; use ctx.secrets.handle`;
    throw scope.deny("secrets", use, `Cannot get secret ${quoted(name)}: ${sentence}`);
  };
  return {
    secret: (name) => scope.run(undefined, async (signal) => reader.read(allowed(name, "value"), signal)),
    secretHandle: (name) =>
      scope.run(undefined, async (signal) => {
        // Read once, so that a plugin hears now and not at its first request that the secret is not set.
        await reader.read(allowed(name, "handle"), signal);
        return handles.handleOf(name);
      }),
  };
}
