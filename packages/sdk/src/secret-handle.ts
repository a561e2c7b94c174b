/**
 * Stands for a secret the plugin does not have. As text it is a placeholder: in the value of a header of `ctx.fetch` (or the global
 * `fetch`) the host puts the secret in its place, if the request goes to a host the secret was granted for. Anywhere else, in a body,
 * an address or a connection of one's own, it stays the placeholder.
 *
 * @example
 * const token = new SecretHandle("berth-secret-placeholder");
 * `Bearer ${token}`; // "Bearer berth-secret-placeholder"
 */
export class SecretHandle {
  readonly #placeholder: string;

  constructor(placeholder: string) {
    this.#placeholder = placeholder;
  }

  toString(): string {
    return this.#placeholder;
  }

  toJSON(): string {
    return this.#placeholder;
  }
}
