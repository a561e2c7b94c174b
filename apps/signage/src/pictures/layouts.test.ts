import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { ManualClock } from "@berth/base";
import type { Frame, Scene, SignageContent } from "@berth/contract";
import fc from "fast-check";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type LayoutFunction, loadLayouts, sample, SAMPLES } from "../../test/layouts.ts";
import { randomContent } from "../../test/random-content.ts";
import { temporaryFolder } from "../../test/temporary-folder.ts";
import { isInside, overlap, textBoxes } from "../../test/text-boxes.ts";
import { frameFor, openRenderer, prepareBackground, type Renderer, writePicture } from "./index.ts";

const NAMES = ["default", "centered", "left", "grid", "split", "modern_weather", "modern_stock", "modern_system"];
const SIZES = [
  [3840, 2160],
  [1600, 900],
  [800, 480],
  [1080, 1920],
  [1024, 768],
  [1080, 1080],
  [2560, 1080],
  [480, 320],
] as const;
const now = Date.parse("2026-10-09T21:05:00Z");

let layouts: Map<string, LayoutFunction>;
let renderer: Renderer;

beforeAll(async () => {
  layouts = await loadLayouts();
  renderer = openRenderer();
});

afterAll(async () => {
  await renderer[Symbol.asyncDispose]();
});

function frame(width: number, height: number, content: SignageContent, photo = false): Frame {
  return frameFor({
    width,
    height,
    photo,
    now,
    observedAt: content.observedAt,
    stale: photo,
    timeZone: "America/Los_Angeles",
  });
}

/** What is wrong with where the texts of a scene land: outside the safe area, cut off by a box, or over another text. */
async function faults(scene: Scene, sheet: Frame): Promise<string[]> {
  const { width, height, safeX, safeY } = sheet;
  const safe = { left: safeX, top: safeY, right: width - safeX, bottom: height - safeY };
  const boxes = await textBoxes(renderer, scene, width, height);
  return boxes.flatMap((box, index) => [
    ...(isInside(box, safe, 1.5) ? [] : [`"${box.text}" leaves the safe area`]),
    ...(isInside(box, box.clip, 1.5) ? [] : [`"${box.text}" is cut off`]),
    ...boxes
      .slice(0, index)
      .flatMap((other) => (overlap(box, other, 1.5) ? [`"${box.text}" lies over "${other.text}"`] : [])),
  ]);
}

test("the plugin provides the eight layouts", () => {
  expect([...layouts.keys()].sort()).toEqual([...NAMES].sort());
});

describe.each(NAMES)("layout %s", (name) => {
  test("sets every sample on every sheet within the safe area, nothing cut, nothing over another [SIG-16] [SIG-32]", async () => {
    const found: string[] = [];
    for (const [width, height] of SIZES) {
      for (const source of SAMPLES) {
        const content = sample(source);
        const sheet = frame(width, height, content, width === 1600);
        const wrong = await faults(await layouts.get(name)!(content, sheet), sheet);
        found.push(...wrong.map((fault) => `${source} on ${width}x${height}: ${fault}`));
      }
    }
    expect(found).toEqual([]);
  });

  test("sets any content within the safe area, nothing over another", async () => {
    const sheets = fc.constantFrom(...SIZES);
    await fc.assert(
      fc.asyncProperty(randomContent, sheets, async (content, [width, height]) => {
        const sheet = frame(width, height, content);
        const scene = await layouts.get(name)!(content, sheet);
        expect(await faults(scene, sheet)).toEqual([]);
      }),
      { numRuns: 25, seed: 20_261_009 },
    );
  });

  test("is pure: the same scene again, JSON through and through, its input untouched", async () => {
    for (const source of SAMPLES) {
      const content = deepFrozen(sample(source));
      const sheet = deepFrozen(frame(1600, 900, content));
      const scene = await layouts.get(name)!(content, sheet);
      expect(JSON.parse(JSON.stringify(scene))).toEqual(scene);
      expect(await layouts.get(name)!(content, sheet)).toEqual(scene);
    }
  });

  test("shows the title, the foot and that data is stale", async () => {
    const content = { ...sample("weather"), notice: "Sensor asleep" };
    const sheet = frame(1600, 900, content, true);
    const boxes = await textBoxes(renderer, await layouts.get(name)!(content, sheet), 1600, 900);
    const texts = boxes.map(({ text }) => text);
    expect(texts.some((text) => text.startsWith("Seattle"))).toBe(true);
    expect(texts).toEqual(
      expect.arrayContaining([
        "Updated 14:05 · data of 13:58",
        "Data of 13:58, 7 min old",
        "Sensor asleep",
        "Open-Meteo",
      ]),
    );
  });
});

test("content becomes a file: layout, background, renderer, archive [SIG-151]", async () => {
  await using folder = await temporaryFolder();
  const clock = new ManualClock(now);
  const content = sample("weather");
  const size = { width: 960, height: 540 };
  const fetch = (): Promise<Response> => Promise.reject(new Error("offline"));
  const where = { backgroundsDir: join(folder.path, "none"), cacheDir: join(folder.path, "cache") };
  const background = await prepareBackground({ mode: "local", ...where, ...size, fetch, clock, tint: content.accent });
  const scene = await layouts.get("modern_weather")!(content, frame(size.width, size.height, content));
  const png = await renderer.draw({ scene, background, ...size });
  const written = await writePicture({ dir: join(folder.path, "output"), id: "weather_home", png, clock });
  expect(await sharp(await readFile(written.path)).metadata()).toMatchObject({ format: "png", ...size });
  const { channels, entropy } = await sharp(png).stats();
  // A picture and no blank sheet: dark ground, white figures, something to look at.
  expect([channels[0]!.max > 240, channels[0]!.mean < 110, entropy > 3]).toEqual([true, true, true]);
});

function deepFrozen<T>(value: T): T {
  if (typeof value === "object" && value !== null) {
    Object.values(value).forEach(deepFrozen);
    Object.freeze(value);
  }
  return value;
}
