import { tmpdir } from "node:os";
import { type Capabilities, type Grant, type Manifest, NO_GRANT } from "@berth/contract";
import { providedBy } from "@berth/kernel/lifecycle";
import type { OpenRequest } from "@berth/kernel/runner";
import { WasmRunner } from "@berth/runners/wasm";

/** A component that takes longer is not one to ship. */
const LIMIT_MS = 30_000;

/** Something of every kind: what of it the component is let have the operator decides, here all of it must be there. */
const ALL: Grant = {
  ...NO_GRANT,
  network: ["*"],
  exec: ["*"],
  secrets: ["*"],
  services: ["*"],
  env: ["*"],
  publish: [">"],
  subscribe: [">"],
};

/**
 * Loads the component as a host would, up to where its hooks would run, and holds it against the manifest.
 *
 * @returns `kind/name` of what it provides.
 */
export async function loadComponent(folder: string, file: string, manifest: Manifest): Promise<string[]> {
  await using runner = new WasmRunner({ warm: 0 });
  const signal = AbortSignal.timeout(LIMIT_MS);
  const runtime = { ...manifest.runtime, type: "wasm" as const, entry: file };
  await using channel = await runner.open(requestFor(folder, { ...manifest, runtime }), signal);
  return (await channel.describe(signal)).map(({ id }) => id);
}

function requestFor(folder: string, manifest: Manifest): OpenRequest {
  const { name, version } = manifest.plugin;
  return {
    identity: { name, version, provides: providedBy(manifest) },
    manifest,
    folder,
    generation: 1,
    limits: manifest.limits,
    grant: ALL,
    folders: { read: [], write: [] },
    dataFolder: tmpdir(),
    environment: {},
    onLimit: () => undefined,
    onOutput: () => undefined,
    // Nothing is asked of the host before a hook runs; lines of its modules are not for the terminal.
    capabilities: () => ({ log: () => undefined }) as unknown as Capabilities,
    now: () => Date.now(),
  };
}
