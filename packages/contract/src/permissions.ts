import type { Manifest } from "./manifest.ts";

/** What a plugin asks for, as its manifest says it. */
export type Permissions = Manifest["permissions"];

/** What a plugin may use at most, as its manifest says it. */
export type Limits = Manifest["limits"];

/**
 * What the operator allowed one plugin: never more than it asked. Everything is spelt out, so that a check is a look-up.
 * `config:FIELD` entries are resolved for each instance, since each instance has its own configuration.
 */
export interface Grant {
  /** Host patterns, perhaps with methods and a path: `GET,POST api.example.org/v1/*`; `"*"` alone is any host. */
  network: readonly string[];
  /** Absolute folders it may read below, besides its own code and data folders. */
  read: readonly string[];
  /** Absolute folders it may write below, besides its own data folder. */
  write: readonly string[];
  /** Programs, perhaps with a pattern of their arguments: `git log **`. */
  exec: readonly string[];
  /** Names, or names with the hosts they are for: `TOKEN -> api.example.org`. */
  secrets: readonly string[];
  /** Names of variables of the host's environment. */
  env: readonly string[];
  services: readonly string[];
  publish: readonly string[];
  subscribe: readonly string[];
  /** What it may ask of other plugins: `deployment.execute`, `deployment.*`. */
  may: readonly string[];
}

/** A grant of nothing. */
export const NO_GRANT: Grant = {
  network: [],
  read: [],
  write: [],
  exec: [],
  secrets: [],
  env: [],
  services: [],
  publish: [],
  subscribe: [],
  may: [],
};
