import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { type Failpoints, systemClock } from "@berth/base";
import { GrantDesk, PERMISSIONS } from "@berth/host/grants";
import type { SpeltOut } from "@berth/kernel/permissions";
import { SwitchDesk } from "@berth/host/switches";
import { SnapshotStore } from "@berth/registry/snapshot";
import { openStorage, type Storage } from "@berth/storage";

/**
 * Changes by number, of all that a host acknowledges: what a number changes, and how, is the same each time, so that whoever looks later
 * knows what must be there.
 */

/** Few, so that most changes replace something. */
export const PLUGINS = ["ant", "bee", "cat", "dog", "elk"] as const;

export const nameOf = (number: number): string => PLUGINS[number % PLUGINS.length]!;

/** A plugin is off after an odd change of it. */
export const isOffAfter = (number: number): boolean => Math.floor(number / PLUGINS.length) % 2 === 1;

/** Every third number also brings a version with code of its own; the others have that of the one before. */
export const codeOf = (number: number): number => number - (number % 3);

/** Between nothing and some pages. */
export const textOf = (number: number): string => `${number} `.repeat(((number * 7_919) % 9_000) / `${number} `.length);

/** What changes are made to, opened. */
export interface Opened extends AsyncDisposable {
  storage: Storage;
  grants: GrantDesk;
  switches: SwitchDesk;
  copies: SnapshotStore;
}

export function openAll(dataFolder: string, failpoints?: Failpoints): Opened {
  const storage = openStorage({
    path: join(dataFolder, "berth.sqlite"),
    clock: systemClock,
    ...(failpoints ? { failpoints } : {}),
  });
  return {
    storage,
    grants: new GrantDesk({ storage, clock: systemClock, workingFolder: dataFolder }),
    switches: new SwitchDesk(storage),
    copies: new SnapshotStore({ folder: join(dataFolder, "versions"), clock: systemClock }),
    [Symbol.asyncDispose]: () => storage[Symbol.asyncDispose](),
  };
}

/** All that one number changes; settled when all of it is acknowledged. Every second time the changes come at once. */
export async function doStep(opened: Opened, number: number): Promise<void> {
  const { storage } = opened;
  const plugin = nameOf(number);
  const changes = [
    () => storage.audit.append({ kind: "test.step", plugin, details: { number, text: textOf(number) } }),
    () => grant(opened, number),
    () =>
      isOffAfter(number)
        ? opened.switches.switchOff(plugin, String(number))
        : opened.switches.switchOn(plugin, String(number)),
    () => storage.pluginStore(plugin, { quotaBytes: 1_048_576 }).set("last", { number, text: textOf(number) }),
    () => keepGeneration(opened, number),
  ];
  if (number % 2 === 0) await Promise.all(changes.map((change) => change()));
  else for (const change of changes) await change();
  if (number % 10 === 0) await storage.audit.sign();
}

async function grant({ grants }: Opened, number: number): Promise<void> {
  const permissions = {
    network: [],
    filesystem: { read: [], write: [] },
    exec: [],
    env: [],
    secrets: [],
    services: [],
    events: { publish: [], subscribe: [] },
  };
  const manifest = { permissions, limits: {} } as unknown as Parameters<GrantDesk["grant"]>[0]["manifest"];
  const granted = spelt(number);
  const order = { granted, digest: `sha256:${number}`, isPinned: false, by: "durability" };
  await grants.grant({ name: nameOf(number), version: `1.0.${number}`, manifest }, order);
}

function spelt(number: number): SpeltOut {
  const lists = PERMISSIONS.map((name) => [name, name === "network" ? [`host-${number}.example.org`] : []]);
  return Object.fromEntries(lists) as SpeltOut;
}

async function keepGeneration({ storage, copies }: Opened, number: number): Promise<void> {
  const plugin = nameOf(number);
  const folder = join(dirname(storage.path), "..", "code");
  const { digest } = await copies.take(writeCode(folder, codeOf(number)));
  await copies.sync(digest);
  await storage.generations.begin({ plugin, version: `1.0.${number}`, digest, settings: { number } });
  const current = storage.generations.current(plugin)!;
  await storage.generations.keepState(current, { version: 1, value: { number, text: textOf(number) } });
}

/** The folder of a plugin, as its author has it: outside of what the host keeps. */
function writeCode(parent: string, code: number): string {
  const folder = join(parent, String(code));
  mkdirSync(join(folder, "lib"), { recursive: true });
  writeFileSync(join(folder, "plugin.toml"), `code = ${code}\n`);
  writeFileSync(join(folder, "lib", "main.ts"), `export default ${code}; // ${textOf(code)}\n`);
  return folder;
}
