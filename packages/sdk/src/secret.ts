import { inspect } from "node:util";

const MASK = "[secret]";

/**
 * A secret that cannot be printed by accident: string conversion, JSON and inspection give `[secret]`. Only {@link reveal} gives
 * the value; call it where the value leaves, as in a request header.
 *
 * @example
 * const key = new Secret("s3cr3t");
 * `${key}`; // "[secret]"
 * key.reveal(); // "s3cr3t"
 */
export class Secret {
  readonly #value: string;

  constructor(value: string) {
    this.#value = value;
  }

  reveal(): string {
    return this.#value;
  }

  toString(): string {
    return MASK;
  }

  toJSON(): string {
    return MASK;
  }

  [inspect.custom](): string {
    return MASK;
  }
}
