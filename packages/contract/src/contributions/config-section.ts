import type { JsonValue } from "@berth/base";

/** A section of the configuration, with checks beyond its schema. */
export interface ConfigSectionInstance {
  /** Returns one sentence for each thing wrong; empty when all is well. */
  check?(section: JsonValue): string[] | Promise<string[]>;
  dispose?(): void | Promise<void>;
}
