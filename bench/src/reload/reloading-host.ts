import { chmod, mkdtempDisposable } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { CallContext, Tier } from "@berth/contract";
import { createHost, type Host, type HostOptions } from "@berth/host";
import { defaultHostConfig } from "@berth/kernel/config";
import { type Writing, writeCounting } from "./counting-plugin.ts";

/** What a call of the counting plugin answers. */
export interface Counted {
  label: string;
  count: number;
}

/** A host with the counting plugin in one tier. */
export interface ReloadingHost extends AsyncDisposable {
  host: Host;
  /** Folder that holds the plugin's. */
  root: string;
  call: () => Promise<Counted>;
}

/** Makes a host with the counting plugin, which runs in `tier`. */
export async function openReloadingHost(
  tier: Tier,
  { writing, ...options }: Pick<HostOptions, "watch" | "probation" | "failpoints"> & { writing?: Writing } = {},
): Promise<ReloadingHost> {
  await using opened = new AsyncDisposableStack();
  const { path: folder } = opened.use(await mkdtempDisposable(join(tmpdir(), "berth-bench-reload-")));
  // Where a process has no view of its own, its user reads the code where it lies.
  await chmod(folder, 0o755);
  const root = join(folder, "plugins");
  await writeCounting(root, "first", writing);
  const config = defaultHostConfig();
  config.plugins = {
    counting: { enabled: true, isolation: tier, accept_unenforced: ["limits.cpu_percent"] },
  };
  const host = opened.use(
    await createHost({
      roots: [{ kind: "folder", path: root, trust: "third-party" }],
      config,
      workingFolder: folder,
      dataFolder: join(folder, ".berth"),
      env: {},
      keepsVersions: true,
      ...options,
    }),
  );
  const instance = opened.use(host.instance({ contribution: "source/count", instanceId: "count" }));
  const fetch = instance.method("fetch");
  let calls = 0;
  const call = async (): Promise<Counted> => {
    const context: CallContext = {
      // Its own, as each call of the host's own has.
      signal: new AbortController().signal,
      deadline: Infinity,
      attempt: 1,
      caller: "app/bench",
      permissions: [],
      correlationId: `c${++calls}`,
    };
    const { title, lines } = (await fetch([], context)) as { title: string; lines: string[] };
    return { label: title, count: Number(lines[0]) };
  };
  await call();
  const owned = opened.move();
  return { host, root, call, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}
