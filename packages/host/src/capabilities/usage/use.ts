import type { CapabilityName } from "../capability-scope.ts";

/**
 * What a plugin did or tried to do through a capability, precise enough to write the permission that allows it. Only what a
 * permission can speak of is in it: no query of an address, no content.
 */
export type Use =
  | { kind: "fetch"; method: string; host: string; port: number; path: string }
  | { kind: "connect"; host: string; port: number }
  | { kind: "file"; mode: "read" | "write"; path: string }
  /** `isCut`: there were more arguments, too long to keep. */
  | { kind: "exec"; program: string; args: readonly string[]; isCut?: boolean }
  /** `value`: it was shown to the plugin; `handle`: only a stand-in for it was given, or the host sent it to `host`. */
  | { kind: "secret"; name: string; as: "value" | "handle"; host?: string }
  | { kind: "env"; name: string }
  /** Without a method it was only asked whether somebody provides it. */
  | { kind: "service"; service: string; method: string }
  | { kind: "publish"; subject: string }
  | { kind: "subscribe"; subject: string }
  /** What needs no permission: its own store, its own timers; and requests that no permission could allow. */
  | { kind: "other"; what: string };

/** Whether the host did it. What failed for another reason than a missing permission was allowed. */
export type UseOutcome = "allowed" | "denied";

/** One use, as the ledger is told of it. */
export interface UsageRecord {
  plugin: string;
  /** Empty for the plugin as a whole. */
  instanceId: string;
  capability: CapabilityName;
  what: Use;
  /** The entry of the grant that allowed it, as the manifest wrote it; absent for what needs none, and for what was denied. */
  entry?: string | undefined;
  outcome: UseOutcome;
}

/** A use that was allowed, and when. */
export interface UsedEvent extends UsageRecord {
  /** Milliseconds since 1970. */
  at: number;
}

/** A use in one line, as an operator reads it; may hold characters of the plugin. */
export function describeUse(use: Use): string {
  const describe = DESCRIBE[use.kind] as (use: Use) => string;
  return describe(use);
}

const DESCRIBE: { [Kind in Use["kind"]]: (use: Extract<Use, { kind: Kind }>) => string } = {
  fetch: (use) => `${use.method} ${place(use)}${use.path}`,
  connect: (use) => `connect ${place(use)}`,
  file: ({ mode, path }) => `${mode} ${path}`,
  exec: ({ program, args, isCut }) => `run ${[program, ...args, ...(isCut ? ["…"] : [])].join(" ")}`,
  secret: ({ name, as, host }) => {
    if (host !== undefined) return `send ${name} to ${host}`;
    return as === "value" ? `get ${name}` : `get a handle of ${name}`;
  },
  env: ({ name }) => `get ${name}`,
  service: ({ service, method }) => (method === "" ? `look for ${service}` : `call ${service}.${method}`),
  publish: ({ subject }) => `publish ${subject}`,
  subscribe: ({ subject }) => `subscribe ${subject}`,
  other: ({ what }) => what,
};

function place({ host, port }: { host: string; port: number }): string {
  return `${host.includes(":") ? `[${host}]` : host}:${port}`;
}
