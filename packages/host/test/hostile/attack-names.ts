import { FILES } from "./plugin/attacks/files.ts";
import { NETWORK } from "./plugin/attacks/network.ts";
import { POLLUTION } from "./plugin/attacks/pollution.ts";
import { PROCESSES } from "./plugin/attacks/processes.ts";
import { PROTOCOL } from "./plugin/attacks/protocol.ts";
import { RESOURCES } from "./plugin/attacks/resources.ts";
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
};
