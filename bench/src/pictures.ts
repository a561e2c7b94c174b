import { type BenchResult, type BenchRow, interleaved, runAlone } from "./frame.ts";
import { peakMemoryMb } from "./pictures/peak-memory.ts";
import { findBrowser, openBrowser, openOurs, type Peer } from "./pictures/peers.ts";

const ROUNDS = 11;
const WARM_UP = 3;
const MOST_TIME = 0.4;
const MOST_MEMORY = 0.5;

/** One picture of 3840 by 2160, from content to PNG, against the same layout as HTML in a page that is kept open. */
export async function run(): Promise<BenchResult> {
  await using ours = await openOurs();
  const path = findBrowser();
  const title = `One picture of 3840 x 2160, layout modern_weather, medians of ${ROUNDS}`;
  if (path === undefined) {
    const rows = await measureAlone(ours);
    const skipped = { name: "Chromium, page kept: skipped, no browser in /usr/bin", value: Number.NaN, unit: "ms" };
    return { title, rows: [...rows, skipped] };
  }
  await using browser = await openBrowser(path);
  return { title, rows: await compare(ours, browser) };
}

async function compare(ours: Peer, browser: Peer): Promise<BenchRow[]> {
  for (const peer of [ours, browser]) await drawSeveral(peer, WARM_UP);
  const ms = await interleaved(ROUNDS, { ours: timeOf(ours), browser: timeOf(browser) });
  const rows: BenchRow[] = [
    { name: "Chromium, page kept", value: ms.browser, unit: "ms" },
    against("Berth", ms.ours, ms.browser, "ms", MOST_TIME),
  ];
  if (process.platform !== "linux") return rows;
  // Apart from the timing: reading the memory of a process holds it up.
  const browserMb = await peakMemoryMb(browser.pid, () => drawSeveral(browser, ROUNDS));
  const oursMb = await peakMemoryMb(ours.pid, () => drawSeveral(ours, ROUNDS));
  return [
    ...rows,
    { name: "Chromium, all processes, peak", value: browserMb, unit: "MiB" },
    against("Berth, with Node, peak", oursMb, browserMb, "MiB", MOST_MEMORY),
    { name: "Berth, file", value: (await ours.draw(70)).bytes / 1024, unit: "KiB" },
    { name: "Chromium, file", value: (await browser.draw(70)).bytes / 1024, unit: "KiB" },
  ];
}

async function measureAlone(ours: Peer): Promise<BenchRow[]> {
  await drawSeveral(ours, WARM_UP);
  const ms = await interleaved(ROUNDS, { ours: timeOf(ours) });
  return [{ name: "Berth", value: ms.ours, unit: "ms" }];
}

function against(name: string, value: number, peer: number, unit: string, most: number): BenchRow {
  const ratio = value / peer;
  return { name, value, unit, ratio, target: `at most ${most} x Chromium`, ok: ratio <= most };
}

/** The temperature goes on, so that no picture is the one before. */
function timeOf(peer: Peer): () => Promise<number> {
  let temperature = 10;
  return async () => (await peer.draw(temperature++)).ms;
}

async function drawSeveral(peer: Peer, count: number): Promise<void> {
  for (let temperature = 40; temperature < 40 + count; temperature++) await peer.draw(temperature);
}

if (import.meta.main) await runAlone(run);
