import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { drawPictures } from "./draw-pictures.ts";

const ROOT = join(import.meta.dirname, "../..");

for (const { path, png } of await drawPictures(ROOT, true)) {
  mkdirSync(dirname(join(ROOT, path)), { recursive: true });
  writeFileSync(join(ROOT, path), png);
  console.log(`Wrote ${path}, ${Math.round(png.length / 1024)} KiB`);
}
