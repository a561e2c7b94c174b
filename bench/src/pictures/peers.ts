import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";
import { emptyPage, openSceneHtml } from "./scene-html.ts";
import { openWeatherScenes, SHEET } from "./weather-scene.ts";

/** Something that draws the picture again and again. */
export interface Peer extends AsyncDisposable {
  /** The process whose tree is measured. */
  pid: number;
  draw(temperature: number): Promise<{ ms: number; bytes: number }>;
}

const BROWSERS = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];
const BROWSER_FLAGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--no-first-run",
];

export function findBrowser(): string | undefined {
  return BROWSERS.find((path) => existsSync(path));
}

/** Our renderer in a process of its own, with all that Node needs. */
export async function openOurs(): Promise<Peer> {
  const child: ChildProcess = fork(fileURLToPath(new URL("draw-ours.child.ts", import.meta.url)));
  await once(child, "message");
  return {
    pid: child.pid!,
    async draw(temperature) {
      child.send(temperature);
      const [drawn] = (await once(child, "message")) as [{ ms: number; bytes: number }];
      return drawn;
    },
    async [Symbol.asyncDispose]() {
      child.kill();
      await once(child, "exit");
    },
  };
}

/** A headless browser with one page kept open; what drives it is not counted. */
export async function openBrowser(executablePath: string): Promise<Peer> {
  const server = await chromium.launchServer({ executablePath, args: BROWSER_FLAGS });
  const browser = await chromium.connect(server.wsEndpoint());
  const page = await browser.newPage({ viewport: SHEET });
  await page.setContent(emptyPage());
  const scenes = await openWeatherScenes();
  const html = await openSceneHtml();
  return {
    pid: server.process().pid!,
    async draw(temperature) {
      const startedMs = performance.now();
      await page.evaluate(`document.body.innerHTML = ${JSON.stringify(html(scenes(temperature)))}`);
      const png = await page.screenshot({ type: "png" });
      return { ms: performance.now() - startedMs, bytes: png.length };
    },
    async [Symbol.asyncDispose]() {
      await browser.close();
      await server.close();
    },
  };
}
