import { frameFor, openRenderer, prepareBackground } from "@berth/signage/pictures";
import { systemClock } from "@berth/base";
import { type LayoutFunction, loadLayouts, readSample } from "./load-layouts.ts";

/** A picture for the documents. */
export interface DocumentPicture {
  /** Below the root, with forward slashes. */
  path: string;
  png: Uint8Array;
}

/** Which sample each layout is shown with. */
const SHOWN: Record<string, string> = {
  default: "git-activity",
  centered: "text-only",
  left: "labelled-lines",
  grid: "run-history",
  split: "git-activity",
  modern_weather: "weather",
  modern_stock: "stock",
  modern_system: "system",
};

const SIZE = { width: 1600, height: 900 };
/** Pictures of documents show the same moment for ever, or they would differ at every run. */
const NOW = Date.parse("2026-10-09T21:05:00Z");

/** Every layout with its sample on the gradient; `compact` files are small and slow to make. */
export async function drawPictures(root: string, compact: boolean): Promise<DocumentPicture[]> {
  const layouts = await loadLayouts(root);
  await using renderer = openRenderer();
  const pictures: DocumentPicture[] = [];
  for (const [name, layout] of layouts) {
    const png = await draw(renderer, root, layout, SHOWN[name] ?? "text-only", compact);
    pictures.push({ path: `docs/pictures/${name}.png`, png });
  }
  return pictures;
}

async function draw(
  renderer: ReturnType<typeof openRenderer>,
  root: string,
  layout: LayoutFunction,
  sample: string,
  compact: boolean,
): Promise<Uint8Array> {
  const content = readSample(root, sample);
  const { observedAt, accent } = content;
  const fetch = (): Promise<Response> => Promise.reject(new Error("pictures of documents need no network"));
  const nowhere = { backgroundsDir: "", cacheDir: "", fetch, clock: systemClock };
  const background = await prepareBackground({ mode: "gradient", tint: accent, ...nowhere, ...SIZE });
  const frame = frameFor({ ...SIZE, photo: false, now: NOW, observedAt, timeZone: "America/Los_Angeles" });
  return renderer.draw({ scene: await layout(content, frame), background, ...SIZE, compact });
}
