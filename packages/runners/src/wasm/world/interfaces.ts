import type { Grant, Permissions } from "@berth/contract";

/** The package of the world, and the version this host has. */
export const WORLD = { name: "berth:plugin", version: "1.0.0" } as const;

/** Interfaces that are there for every plugin. */
const ALWAYS = ["types", "log", "clock", "random", "store", "files", "schedule", "emit", "host"] as const;

/** Interfaces of which the operator must have granted something, and how to say that. */
const GRANTED = {
  fetch: "network",
  exec: "exec",
  secrets: "secrets",
  services: "services",
  events: "events",
  env: "env",
} as const;

/** An interface that a component can import from `berth:plugin`. */
export type InterfaceName = (typeof ALWAYS)[number] | keyof typeof GRANTED;

export const INTERFACES: ReadonlySet<string> = new Set([...ALWAYS, ...Object.keys(GRANTED)]);

/** The permission without which that interface is not there; `undefined` for one that always is. */
export function permissionOf(name: string): string | undefined {
  return Object.hasOwn(GRANTED, name) ? GRANTED[name as keyof typeof GRANTED] : undefined;
}

/** The interfaces a plugin has that was granted this. */
export function interfacesOf(grant: Grant): InterfaceName[] {
  const has: Record<keyof typeof GRANTED, readonly string[]> = {
    fetch: grant.network,
    exec: grant.exec,
    secrets: grant.secrets,
    services: grant.services,
    events: [...grant.publish, ...grant.subscribe],
    env: grant.env,
  };
  return withThose((name) => has[name].length > 0);
}

/** The interfaces a plugin has that was granted all it asks for. */
export function interfacesAsked({ network, exec, secrets, services, events, env }: Permissions): InterfaceName[] {
  const has: Record<keyof typeof GRANTED, boolean> = {
    fetch: network === true || (Array.isArray(network) && network.length > 0),
    exec: isSome(exec),
    secrets: isSome(secrets),
    services: isSome(services),
    events: isSome(events?.publish) || isSome(events?.subscribe),
    env: isSome(env),
  };
  return withThose((name) => has[name]);
}

function withThose(isThere: (name: keyof typeof GRANTED) => boolean): InterfaceName[] {
  return [...ALWAYS, ...(Object.keys(GRANTED) as (keyof typeof GRANTED)[]).filter(isThere)];
}

const isSome = (list: readonly unknown[] | undefined): boolean => list !== undefined && list.length > 0;
