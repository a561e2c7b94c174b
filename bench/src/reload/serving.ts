import { mkdir, mkdtempDisposable, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import type { Tier } from "@berth/contract";
import { type BenchResult, type BenchRow, quantile, runAlone } from "../frame.ts";
import { entryOf, saveCounting, type Writing, writeCounting } from "./counting-plugin.ts";
import { openReloadingHost } from "./reloading-host.ts";
import { hasMorePeers, openKoishi, openMoleculer, openNodeWatch, type Reloader } from "./restarting-peers.ts";

/**
 * From the write of a file to the first answer of the new code, everything included: for Berth also the copy, all checks, hand-over
 * of state and the swap. The slowest of a hundred is told without the write, which is the disk's. Peers: Vite's `ssrLoadModule` on the very same plugin; Moleculer's hot reload, `node --watch` and Koishi on a
 * module of the same kind.
 */

const SAVES = 100;
const SAVES_OF_SLOW = 8;
/** Who asks all the time takes the time from what is measured. */
const LOOK_EVERY_MS = 1;
const GIVE_UP_MS = 8_000;
/** As an author saves: when the last change is over. Some lose a change that comes too soon after one. */
const BETWEEN_MS = 150;
const BETWEEN_SLOW_MS = 1_000;

export async function run(): Promise<BenchResult> {
  const [worker, vite] = await inTurn("short");
  const [typed, viteTyped] = await inTurn("typed");
  const [long, viteLong] = await inTurn("long");
  const inline = await measure(await openBerth("inline"), SAVES);
  const sandbox = await measure(await openBerth("process"), SAVES);
  const moleculer = await measure(await openMoleculer(), SAVES_OF_SLOW, BETWEEN_SLOW_MS);
  const restart = await measure(await openNodeWatch(), SAVES_OF_SLOW, BETWEEN_SLOW_MS);
  const koishi = hasMorePeers ? await measure(await openKoishi(), SAVES_OF_SLOW, BETWEEN_SLOW_MS) : undefined;
  const p50 = (saves: readonly Save[]): number =>
    quantile(
      saves.map(({ tookMs }) => tookMs),
      0.5,
    );
  const p99 = (saves: readonly Save[]): number =>
    quantile(
      saves.map(({ tookMs, writeMs }) => tookMs - writeMs),
      0.99,
    );
  const rows: BenchRow[] = [
    row("Vite ssrLoadModule, median", p50(vite)),
    row("Moleculer hot reload, median", p50(moleculer)),
    row("node --watch, median", p50(restart)),
    koishi ? row("Koishi (Cordis), median", p50(koishi)) : row("Koishi: npm ci --prefix bench/peers", Number.NaN),
    // Vite replaces a module in its own thread: it neither waits for half a file, copies, checks, isolates nor hands state over. What that
    // takes is the same for every module; what both do with the module itself takes Berth less time. So one line takes Berth longer,
    // 11 kB take both about as long, and more takes Vite longer.
    { ...row("Berth worker, median", p50(worker)), ratio: p50(worker) / p50(vite), ...atMost(p50(worker), 30) },
    row("Vite ssrLoadModule, 11 kB of TypeScript, median", p50(viteTyped)),
    { ...row("Berth worker, 11 kB of TypeScript, median", p50(typed)), ...noMoreThan(p50(typed), p50(viteTyped)) },
    row("Vite ssrLoadModule, 45 kB of TypeScript, median", p50(viteLong)),
    { ...row("Berth worker, 45 kB of TypeScript, median", p50(long)), ...noMoreThan(p50(long), p50(viteLong)) },
    { ...row("Berth worker, once written, 99 of 100", p99(worker)), ...atMost(p99(worker), 100) },
    { ...row("Berth process, median", p50(sandbox)), ratio: p50(sandbox) / p50(vite) },
    { ...row("Berth process, once written, 99 of 100", p99(sandbox)), ...atMost(p99(sandbox), 250) },
    { ...row("Berth inline, median", p50(inline)), ratio: p50(inline) / p50(vite) },
    {
      ...row("Berth worker to Moleculer", p50(worker)),
      ratio: p50(worker) / p50(moleculer),
      target: "<= 1/25",
      ok: p50(worker) <= p50(moleculer) / 25,
    },
  ];
  if (koishi) {
    const ok = p50(worker) <= p50(koishi) / 3;
    rows.push({
      ...row("Berth worker to Koishi", p50(worker)),
      ratio: p50(worker) / p50(koishi),
      target: "<= 1/3",
      ok,
    });
  }
  return { title: "From a saved file to the answer of the new code", rows };
}

function row(name: string, value: number): BenchRow {
  return { name, value, unit: "ms" };
}

function atMost(value: number, mostMs: number): Partial<BenchRow> {
  return { target: `<= ${mostMs} ms`, ok: value <= mostMs };
}

function noMoreThan(value: number, vite: number): Partial<BenchRow> {
  return { ratio: value / vite, target: "<= Vite, 30 ms", ok: value <= vite && value <= 30 };
}

/** One save, until the new code answered. */
interface Save {
  tookMs: number;
  /** Of that, what the writer's own disk took: now and then a hundred times as long as else. */
  writeMs: number;
}

/** Berth and Vite save in turn: a slow spell of the machine is none of either. */
async function inTurn(writing: Writing): Promise<[berth: Save[], vite: Save[]]> {
  await using berth = await openBerth("worker", writing);
  await using vite = await openVite(writing);
  const saves: [Save[], Save[]] = [[], []];
  for (let save = 1; save <= SAVES; save++) {
    saves[0].push(await measureOne(berth, save));
    saves[1].push(await measureOne(vite, save));
  }
  return saves;
}

async function measure(reloader: Reloader, count: number, betweenMs = BETWEEN_MS): Promise<Save[]> {
  await using owned = reloader;
  const saves: Save[] = [];
  for (let save = 1; save <= count; save++) {
    const one = await measureOne(owned, save, betweenMs);
    // A change that a peer misses is not its time; one that Berth misses is.
    if (one.tookMs < GIVE_UP_MS || betweenMs === BETWEEN_MS) saves.push(one);
  }
  return saves;
}

async function measureOne(reloader: Reloader, save: number, betweenMs = BETWEEN_MS): Promise<Save> {
  const label = `save ${save}`;
  await pause(betweenMs);
  const startedMs = performance.now();
  await reloader.save(label);
  const writeMs = performance.now() - startedMs;
  while ((await reloader.ask()) !== label && performance.now() - startedMs < GIVE_UP_MS) await pause(LOOK_EVERY_MS);
  return { tookMs: performance.now() - startedMs, writeMs };
}

async function openBerth(tier: Tier, writing: Writing = "short"): Promise<Reloader> {
  const {
    root,
    call,
    [Symbol.asyncDispose]: dispose,
  } = await openReloadingHost(tier, {
    watch: true,
    // The version before was taken for good when an author saves again, and is gone.
    probation: { windowMs: BETWEEN_MS / 4 },
    writing,
  });
  const save = (label: string): Promise<void> => saveCounting(root, label, { writing, isInPlace: true });
  return { save, ask: async () => (await call()).label, [Symbol.asyncDispose]: dispose };
}

/** The very plugin that Berth is measured with, in a project that has the SDK installed. */
async function openVite(writing: Writing): Promise<Reloader> {
  await using opened = new AsyncDisposableStack();
  const { path: root } = opened.use(await mkdtempDisposable(join(tmpdir(), "berth-bench-vite-")));
  const installed = join(root, "node_modules/@berth/sdk");
  await mkdir(dirname(installed), { recursive: true });
  await symlink(fileURLToPath(new URL("..", import.meta.resolve("@berth/sdk"))), installed);
  await writeCounting(root, "first", writing);
  const { createServer: createVite } = await import("vite");
  const vite = await createVite({
    root,
    configFile: false,
    logLevel: "silent",
    appType: "custom",
    server: { middlewareMode: true, hmr: false, ws: false },
    optimizeDeps: { noDiscovery: true },
    // As what is no link: it does not change, and is not transformed.
    ssr: { external: ["@berth/sdk"] },
  });
  opened.defer(() => vite.close());
  const ask = async (): Promise<string> => {
    const plugin = (await vite.ssrLoadModule(`/${entryOf(writing)}`)).default as CountingPlugin;
    const { title } = await plugin.provides[0].create({}, undefined).fetch();
    return title;
  };
  await ask();
  const owned = opened.move();
  const save = (label: string): Promise<void> => saveCounting(root, label, { writing, isInPlace: true });
  return { save, ask, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

/** What the plugin's module is to those who load it themselves. */
interface CountingPlugin {
  provides: [{ create(config: object, context: undefined): { fetch(): Promise<{ title: string }> } }];
}

if (import.meta.main) await runAlone(run);
