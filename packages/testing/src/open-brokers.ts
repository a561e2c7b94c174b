import { tmpdir } from "node:os";
import { systemClock } from "@berth/base";
import { HostError, NO_GRANT } from "@berth/contract";
import { createCapabilities, createEventBus, type OwnedCapabilities } from "@berth/host/capabilities";
import { createLog, Masker } from "@berth/host/log";
import type { TestWorld } from "./test-capabilities.ts";

/**
 * The host's own brokers for what a test has no simpler way to do truly: connections, timers, variables, and secrets that are only sent.
 */
export function openBrokers({ grant, root = tmpdir(), secrets, env = {} }: TestWorld): OwnedCapabilities {
  const masker = new Masker();
  return createCapabilities({
    plugin: { name: "plugin-under-test", version: "0.0.0" },
    instanceId: "test",
    grant: {
      ...NO_GRANT,
      network: grant.network,
      configuredHosts: [],
      secrets: Object.keys(secrets),
      env: Object.keys(env),
    },
    folders: { data: root, code: root },
    limits: {},
    clock: systemClock,
    log: createLog({ sink: () => undefined, level: "error", clock: systemClock, masker }),
    onDenied: () => undefined,
    services: {
      store: { get: () => undefined, set: () => undefined, delete: () => false, keys: () => [] },
      secrets: { get: async (name) => secrets[name], howToSet: (name) => `name ${name} in the test's secrets` },
      environment: env,
      events: createEventBus({ onListenerError: () => undefined, onDropped: () => undefined }),
      registry: { call: noServices, has: () => false },
      masker,
    },
  });
}

/** A test's services are reached past the brokers. */
function noServices(): never {
  throw new HostError("SERVICE_NOT_FOUND", "There are no services here");
}
