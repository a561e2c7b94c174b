// A process that draws a picture each time it is told a temperature, and says how many milliseconds that took.
import { systemClock } from "@berth/base";
import { openRenderer, prepareBackground } from "@berth/signage/pictures";
import { openWeatherScenes, SHEET } from "./weather-scene.ts";

const scenes = await openWeatherScenes();
const renderer = openRenderer();
const fetch = (): Promise<Response> => Promise.reject(new Error("a gradient fetches nothing"));
const nowhere = { backgroundsDir: "", cacheDir: "", fetch, clock: systemClock };

process.on("message", (temperature: number) => void drawOne(temperature));
process.send?.("ready");

async function drawOne(temperature: number): Promise<void> {
  const startedMs = performance.now();
  const background = await prepareBackground({ mode: "gradient", tint: "#7db8e8", ...nowhere, ...SHEET });
  const png = await renderer.draw({ scene: scenes(temperature), background, ...SHEET });
  process.send?.({ ms: performance.now() - startedMs, bytes: png.length });
}
