import type { Capabilities, Grant } from "@berth/contract";
import type { Masker } from "../log/index.ts";
import { failed, malformed, quoted } from "./capability-errors.ts";
import type { CapabilityScope } from "./capability-scope.ts";
import type { SecretSource } from "./secret-source.ts";

/** Granted secrets by name. A value is hidden in the log before the plugin has it. */
export function createSecretsCapability(
  scope: CapabilityScope,
  grant: Pick<Grant, "secrets">,
  { secrets, masker }: { secrets: SecretSource; masker: Masker },
): Pick<Capabilities, "secret"> {
  const granted = new Set(grant.secrets);
  return {
    secret: (name) =>
      scope.run(undefined, async (signal) => {
        if (typeof name !== "string") throw malformed("Cannot get a secret: its name must be text");
        if (!granted.has(name)) {
          const sentence = `Cannot get secret ${quoted(name)}: it was not granted; ask for it in permissions.secrets`;
          throw scope.deny("secrets", `get ${name}`, sentence);
        }
        const value = await secrets.get(name, signal);
        if (value === undefined) throw failed(`Cannot get secret ${name}: it is not set; ${secrets.howToSet(name)}`);
        masker.register(value);
        return value;
      }),
  };
}
