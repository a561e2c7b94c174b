import type { Masker } from "../../log/index.ts";
import { failed } from "../capability-errors.ts";
import type { SecretSource } from "./secret-source.ts";

/** Reads secrets; each is hidden in the log before anybody has it. */
export class SecretReader {
  readonly #source: SecretSource;
  readonly #masker: Masker;

  constructor(source: SecretSource, masker: Masker) {
    this.#source = source;
    this.#masker = masker;
  }

  /** @throws HostError `CAPABILITY_FAILED` when it is not set. */
  async read(name: string, signal: AbortSignal): Promise<string> {
    const value = await this.#source.get(name, signal);
    if (value === undefined) throw failed(`Cannot get secret ${name}: it is not set; ${this.#source.howToSet(name)}`);
    this.#masker.register(value);
    return value;
  }
}
