import { chmod, mkdir, mkdtempDisposable, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Tier } from "@berth/contract";
import { createHost, type Host } from "@berth/host";
import { defaultHostConfig } from "@berth/kernel/config";

const SOURCE = `
import { definePlugin, defineService } from "@berth/sdk";
export default definePlugin({
  provides: [defineService("faulty", { create: () => ({ methods: {
    echo: (input) => input,
    crash: () => { setTimeout(() => process.exit(3)); return null; },
  } }) })],
});
`;

/** A host with one plugin that ends whenever it is asked to, and is started again as often. */
export interface CrashingHost extends AsyncDisposable {
  readonly host: Host;
  /** Ends it. @returns how long it took from there until it answers again, ms. */
  crash(): Promise<number>;
}

/** Opens it; the plugin has answered once. */
export async function openCrashingHost(tier: Tier): Promise<CrashingHost> {
  await using opened = new AsyncDisposableStack();
  const { path } = opened.use(await mkdtempDisposable(join(tmpdir(), "berth-bench-crash-")));
  await chmod(path, 0o755);
  const folder = join(path, "faulty");
  await mkdir(join(folder, "src"), { recursive: true });
  await writeFile(
    join(folder, "plugin.toml"),
    '[plugin]\nname = "faulty"\nversion = "1.0.0"\n[provides]\nservice = ["faulty"]\n[runtime]\nentry = "src/plugin.js"\n',
  );
  await writeFile(join(folder, "src/plugin.js"), SOURCE);
  const supervision = { max_restarts: 100_000, backoff_ms: 0 };
  const host = opened.use(
    await createHost({
      roots: [{ kind: "plugin", path: folder, trust: "first-party" }],
      config: {
        ...defaultHostConfig(),
        plugins: { faulty: { enabled: true, isolation: tier, accept_unenforced: [], supervision } },
      },
      workingFolder: path,
      dataFolder: join(path, ".berth"),
      env: {},
    }),
  );
  const ask = (method: string) => host.services.call({ service: "faulty", method, input: 1, caller: "app/bench" });
  await ask("echo");
  let onCrashed: () => void = () => undefined;
  host.events.subscribe({ owner: "host", pattern: "plugin.crashed" }, () => onCrashed());
  const owned = opened.move();
  return {
    host,
    crash: async () => {
      const { restarts } = host.supervision.statusOf("faulty");
      const crashed = new Promise<void>((resolve) => (onCrashed = resolve));
      // Its answer may be lost with it.
      await ask("crash").catch(() => undefined);
      const startedMs = performance.now();
      await crashed;
      await ask("echo");
      const tookMs = performance.now() - startedMs;
      if (host.supervision.statusOf("faulty").restarts !== restarts + 1) throw new Error("It was not restarted once");
      return tookMs;
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}
