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
  | { kind: "service"; service: string; method: string }
  | { kind: "publish" | "subscribe"; subject: string }
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
  switch (use.kind) {
    case "fetch":
      return `${use.method} ${place(use)}${use.path}`;
    case "connect":
      return `connect ${place(use)}`;
    case "file":
      return `${use.mode} ${use.path}`;
    case "exec":
      return `run ${[use.program, ...use.args, ...(use.isCut ? ["…"] : [])].join(" ")}`;
    case "secret":
      if (use.host !== undefined) return `send ${use.name} to ${use.host}`;
      return use.as === "value" ? `get ${use.name}` : `get a handle of ${use.name}`;
    case "env":
      return `get ${use.name}`;
    case "service":
      return `call ${use.service}.${use.method}`;
    case "publish":
    case "subscribe":
      return `${use.kind} ${use.subject}`;
    case "other":
      return use.what;
  }
}

function place({ host, port }: { host: string; port: number }): string {
  return `${host.includes(":") ? `[${host}]` : host}:${port}`;
}
