import type { Grant } from "@berth/contract";
import { isSecretFor, parseSecretEntry, type RequestTarget, type SecretEntry } from "@berth/kernel/permissions";

/** The secret entries of a grant, read once, by name. */
export class SecretRules {
  readonly #entries = new Map<string, { rule: SecretEntry; text: string }[]>();

  constructor(grant: Pick<Grant, "secrets">) {
    for (const text of grant.secrets) {
      const rule = parseSecretEntry(text);
      if (rule) this.#entries.set(rule.name, [...(this.#entries.get(rule.name) ?? []), { rule, text }]);
    }
  }

  /** The entry by which the plugin may see the secret. */
  readable(name: string): string | undefined {
    return this.#entries.get(name)?.find(({ rule }) => rule.hosts === undefined)?.text;
  }

  /** The entry by which the plugin may have the secret sent, to whatever host. */
  usable(name: string): string | undefined {
    return this.#entries.get(name)?.[0]?.text;
  }

  /** The entry by which the secret may be sent to `target`. */
  sendable(name: string, target: RequestTarget): string | undefined {
    return this.#entries.get(name)?.find(({ rule }) => isSecretFor(rule, target))?.text;
  }
}
