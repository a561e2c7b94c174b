import { FILES } from "./plugin/attacks/files.ts";
import { NETWORK } from "./plugin/attacks/network.ts";
import { POLLUTION } from "./plugin/attacks/pollution.ts";
import { PROCESSES } from "./plugin/attacks/processes.ts";
import { PROTOCOL } from "./plugin/attacks/protocol.ts";
import { RESOURCES } from "./plugin/attacks/resources.ts";
import { SEAMS } from "./plugin/attacks/seams.ts";
import { SECRETS } from "./plugin/attacks/secrets.ts";

/** Every attack, by group. Each becomes a plugin of its own. */
export const ATTACK_NAMES: Readonly<Record<string, readonly string[]>> = {
  files: Object.keys(FILES),
  processes: Object.keys(PROCESSES),
  network: Object.keys(NETWORK),
  secrets: Object.keys(SECRETS),
  pollution: Object.keys(POLLUTION),
  resources: Object.keys(RESOURCES),
  protocol: Object.keys(PROTOCOL),
  seams: Object.keys(SEAMS),
};

/** The attacks of `native/attacks.c`. */
export const NATIVE_ATTACK_NAMES: readonly string[] = [
  "calls-beyond",
  "families",
  "priority",
  "bits-of-identity",
  "leases",
  "foreign-descriptors",
  "writable",
  "told-by-kernel",
  "send-descriptors",
  "close-one-way",
  "hear-nothing",
  "ignore-signals",
  "stop-itself",
  "race-read",
  "race-list",
  "race-info",
  "race-write",
  "leave-traps",
  "memory-of-the-kernel",
  "shared-memory",
  "write-over-cover",
  "children",
];
