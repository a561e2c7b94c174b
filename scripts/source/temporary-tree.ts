import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

/** A folder of its own for a test, holding `files` by path; gone when disposed. */
export function makeTemporaryTree(files: Readonly<Record<string, string>> = {}): { path: string } & Disposable {
  const path = realpathSync(mkdtempSync(join(tmpdir(), "berth-scripts-")));
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(path, name)), { recursive: true });
    writeFileSync(join(path, name), content);
  }
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) };
}
