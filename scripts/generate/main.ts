import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { findStale, generateAll } from "./generate.ts";

const ROOT = join(import.meta.dirname, "../..");
const isCheck = process.argv.includes("--check");

const { files, problems } = await generateAll(ROOT);
const stale = findStale(ROOT, files);
for (const problem of problems) console.error(problem);
for (const { path, content } of stale) {
  if (isCheck) {
    console.error(`${path} is not up to date: run \`npm run generate\` and commit the result`);
    continue;
  }
  mkdirSync(dirname(join(ROOT, path)), { recursive: true });
  writeFileSync(join(ROOT, path), content);
  console.error(`Wrote ${path}`);
}
console.log(
  `${files.length} generated files, ${stale.length} ${isCheck ? "stale" : "written"}, ${problems.length} problems`,
);
if (problems.length > 0 || (isCheck && stale.length > 0)) process.exitCode = 1;
