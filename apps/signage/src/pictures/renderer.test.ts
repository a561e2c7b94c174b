import type { Scene, SceneNode } from "@berth/contract";
import sharp from "sharp";
import { describe, expect, test } from "vitest";
import { gradientBackground } from "./backgrounds/gradient.ts";
import type { PhotoBackground } from "./backgrounds/prepared-background.ts";
import { type Drawing, openRenderer } from "./renderer.ts";

const EMPTY: Scene = { root: { type: "box" } };
const SHEET = { background: gradientBackground(), width: 320, height: 180 };

function scene(...children: SceneNode[]): Scene {
  return { root: { type: "box", style: { width: "100%", height: "100%", flexDirection: "column" }, children } };
}

async function draw(drawing: Partial<Drawing> & { scene: Scene }): Promise<Uint8Array> {
  await using renderer = openRenderer();
  return renderer.draw({ ...SHEET, ...drawing });
}

/** Mean colour of a region, and how much of it is nearly white. */
async function region(
  png: Uint8Array,
  left: number,
  top: number,
  width: number,
  height: number,
): Promise<{ mean: number[]; white: number }> {
  const { data } = await sharp(png).extract({ left, top, width, height }).raw().toBuffer({ resolveWithObject: true });
  const pixels = data.length / 3;
  const mean = [0, 1, 2].map(
    (channel) => data.reduce((sum, value, at) => sum + (at % 3 === channel ? value : 0), 0) / pixels,
  );
  let white = 0;
  for (let at = 0; at < data.length; at += 3) if (Math.min(data[at]!, data[at + 1]!, data[at + 2]!) > 230) white++;
  return { mean, white: white / pixels };
}

const near = (mean: readonly number[], wanted: readonly number[], slack = 2): boolean =>
  mean.every((channel, index) => Math.abs(channel - wanted[index]!) <= slack);

function photo(width: number, height: number, grey: number): PhotoBackground {
  return { kind: "photo", width, height, pixels: new Uint8Array(width * height * 3).fill(grey) };
}

describe("Renderer.draw", () => {
  test("gives a PNG of the size asked for, opaque, the same bytes for the same input", async () => {
    const text: SceneNode = { type: "text", text: "Same", style: { fontSize: 40 } };
    const [first, second] = [await draw({ scene: scene(text) }), await draw({ scene: scene(text) })];
    expect(await sharp(first).metadata()).toMatchObject({ format: "png", width: 320, height: 180, channels: 3 });
    expect(Buffer.compare(first, second)).toBe(0);
  });

  test("draws the gradient under an overlay that darkens to 40 % at the foot, without bands", async () => {
    const png = await draw({ scene: EMPTY, width: 64, height: 512 });
    expect(near((await region(png, 0, 0, 64, 2)).mean, [30, 30, 80])).toBe(true);
    expect(near((await region(png, 0, 510, 64, 2)).mean, [130 * 0.6, 180 * 0.6, 255 * 0.6])).toBe(true);
    const { data } = await sharp(png).raw().toBuffer({ resolveWithObject: true });
    // Dithered: a row half-way between two colours holds both, so the eye sees no step.
    const mixed = Array.from(
      { length: 512 },
      (_, row) => new Set(data.subarray(row * 192, row * 192 + 192).filter((_, at) => at % 3 === 2)).size,
    );
    expect(mixed.filter((colours) => colours > 1).length).toBeGreaterThan(100);
  });

  test("draws a photo under the overlay and the scene", async () => {
    const white: SceneNode = { type: "box", style: { width: 320, height: 20, backgroundColor: "#ffffff" } };
    const png = await draw({ scene: scene(white), background: photo(320, 180, 200) });
    expect((await region(png, 0, 0, 320, 18)).white).toBe(1);
    expect(near((await region(png, 0, 88, 320, 4)).mean, [160, 160, 160])).toBe(true);
    expect(near((await region(png, 0, 178, 320, 2)).mean, [120, 120, 120])).toBe(true);
  });

  test.each([gradientBackground(), photo(64, 36, 128)])(
    "ends a sheet of 3840 by 2160 at its last row",
    async (background) => {
      const foot: SceneNode = { type: "box", style: { width: "100%", height: 10, backgroundColor: "#ffffff" } };
      const root: SceneNode = {
        type: "box",
        style: { width: "100%", height: "100%", alignItems: "flex-end" },
        children: [foot],
      };
      const png = await draw({ scene: { root }, background, width: 3840, height: 2160 });
      expect(await sharp(png).metadata()).toMatchObject({ width: 3840, height: 2160, channels: 3 });
      expect((await region(png, 0, 2150, 3840, 10)).white).toBe(1);
      expect((await region(png, 0, 2148, 3840, 2)).white).toBe(0);
    },
  );

  test("fits a photo of another size to the sheet", async () => {
    const png = await draw({ scene: EMPTY, background: photo(100, 100, 200) });
    expect(await sharp(png).metadata()).toMatchObject({ width: 320, height: 180 });
  });

  test("draws text, vectors and icons where the scene puts them", async () => {
    const shapes = [{ path: "M0 0L100 0L100 40L0 40Z", fill: "#ffffff" }];
    const nodes: SceneNode[] = [
      { type: "text", text: "MMMM", style: { fontSize: 50, lineHeight: 1.2, fontWeight: 600 } },
      { type: "vector", width: 100, height: 40, shapes, style: { position: "absolute", left: 200, top: 100 } },
      {
        type: "icon",
        name: "square",
        size: 60,
        color: "#ffffff",
        strokeWidth: 6,
        style: { position: "absolute", left: 20, top: 100 },
      },
    ];
    const png = await draw({ scene: scene(...nodes) });
    expect((await region(png, 0, 0, 160, 60)).white).toBeGreaterThan(0.15);
    expect((await region(png, 201, 101, 98, 38)).white).toBe(1);
    expect((await region(png, 20, 100, 60, 60)).white).toBeGreaterThan(0.15);
    expect((await region(png, 0, 165, 320, 15)).white).toBe(0);
  });

  test("writes Latin, Greek and Cyrillic; marks what no font has, and says so once", async () => {
    const log: string[] = [];
    await using renderer = openRenderer({ log: (level, message) => log.push(`${level}: ${message}`) });
    const written = async (text: string): Promise<number> => {
      const node: SceneNode = { type: "text", text, style: { fontSize: 60 } };
      return (await region(await renderer.draw({ ...SHEET, scene: scene(node) }), 0, 0, 320, 80)).white;
    };
    const seen = [await written("Łódź"), await written("Ωμέγα"), await written("Жук")];
    expect([seen.every((white) => white > 0.01), log]).toEqual([true, []]);
    expect((await written("日本語")) > 0).toBe(true);
    await written("日本語");
    expect(log).toEqual(['warn: No font has the characters of "日本語"; name a font file that has them']);
  });

  test("draws a ring for an icon nobody knows, and says so once", async () => {
    const log: string[] = [];
    await using renderer = openRenderer({ log: (level, message) => log.push(`${level}: ${message}`) });
    const node: SceneNode = { type: "icon", name: "no-such-icon", size: 100, color: "#ffffff", strokeWidth: 9 };
    for (let run = 0; run < 2; run++) await renderer.draw({ ...SHEET, scene: scene(node) });
    expect(log).toEqual(['warn: No icon is named "no-such-icon"']);
  });

  test("goes on without a font file that cannot be read", async () => {
    const log: string[] = [];
    await using renderer = openRenderer({ fonts: ["/no/such/font.ttf"], log: (_, message) => log.push(message) });
    await renderer.draw({ ...SHEET, scene: EMPTY });
    expect(log).toEqual([expect.stringMatching(/^Cannot use the font \/no\/such\/font\.ttf: ENOENT/)]);
  });

  test("refuses a scene before the engine is loaded, and a sheet of no size", async () => {
    await expect(draw({ scene: { root: { type: "image" } as never } })).rejects.toMatchObject({
      code: "RENDER_FAILED",
    });
    for (const [width, height] of [
      [0, 100],
      [100.5, 100],
      [20_000, 20],
      [16_000, 16_000],
    ] as const) {
      await expect(draw({ scene: EMPTY, width, height })).rejects.toMatchObject({ code: "RENDER_FAILED" });
    }
  });

  test("gives its place in the queue up when the caller does", async () => {
    await using renderer = openRenderer();
    const controller = new AbortController();
    const first = renderer.draw({ ...SHEET, scene: EMPTY });
    const second = renderer.draw({ ...SHEET, scene: EMPTY, signal: controller.signal });
    const third = renderer.draw({ ...SHEET, scene: EMPTY });
    controller.abort(new Error("nobody waits"));
    await expect(second).rejects.toThrow("nobody waits");
    expect(Buffer.compare(await first, await third)).toBe(0);
  });

  test("rejects at once when the signal fires while it draws, and stays usable", async () => {
    await using renderer = openRenderer();
    const controller = new AbortController();
    const drawing = renderer.draw({ ...SHEET, scene: EMPTY, width: 2_000, height: 2_000, signal: controller.signal });
    setImmediate(() => controller.abort(new Error("deadline")));
    await expect(drawing).rejects.toThrow("deadline");
    expect((await renderer.draw({ ...SHEET, scene: EMPTY })).length).toBeGreaterThan(0);
  });

  test("refuses work once it is closed", async () => {
    const renderer = openRenderer();
    await renderer[Symbol.asyncDispose]();
    await renderer[Symbol.asyncDispose]();
    await expect(renderer.draw({ ...SHEET, scene: EMPTY })).rejects.toThrow("the renderer is closed");
  });
});
