import { readFileSync } from "node:fs";
import { type Drawing, frameFor } from "@berth/signage/pictures";

export type Scene = Drawing["scene"];
type Frame = ReturnType<typeof frameFor>;
type Layout = (content: unknown, frame: Frame) => Scene;

export const SHEET = { width: 3840, height: 2160 };

const PLUGIN = new URL("../../../plugins/signage-layouts/", import.meta.url);

/** The layout `modern_weather` with its sample, the temperature another one every time so that nothing can be kept. */
export async function openWeatherScenes(): Promise<(temperature: number) => Scene> {
  const { default: plugin } = (await import(new URL("src/plugin.ts", PLUGIN).href)) as {
    default: { provides: readonly { name: string; create(): { render: Layout } }[] };
  };
  const layout = plugin.provides.find(({ name }) => name === "modern_weather")!.create();
  const sample = JSON.parse(readFileSync(new URL("samples/weather.json", PLUGIN), "utf8")) as { headline: object };
  const frame = frameFor({ ...SHEET, photo: false, now: Date.parse("2026-10-09T21:05:00Z"), timeZone: "UTC" });
  return (temperature) =>
    layout.render({ ...sample, headline: { ...sample.headline, value: String(temperature) } }, frame);
}
