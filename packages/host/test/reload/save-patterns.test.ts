import {
  appendFileSync,
  chmodSync,
  closeSync,
  copyFileSync,
  cpSync,
  mkdirSync,
  openSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { expectNoLeaks } from "@berth/testing";
import { expect, test } from "vitest";
import { CodeFollower } from "./code-follower.ts";

const code = (version: number): string => `import "./help.ts";\nexport default ${version};\n`;

/** The ways in which editors and tools save a file; each ends with `text` in the entry. */
const PATTERNS: Record<string, (follower: CodeFollower, text: string) => void | Promise<void>> = {
  "a plain write": ({ entry }, text) => writeFileSync(entry, text),
  "a file emptied, then written in pieces": async ({ entry, clock }, text) => {
    truncateSync(entry);
    const descriptor = openSync(entry, "r+");
    for (const byte of text) {
      writeSync(descriptor, byte);
      await clock.advance(1);
    }
    closeSync(descriptor);
  },
  "a temporary file beside, renamed over": ({ entry }, text) => {
    writeFileSync(`${entry}.tmp`, text);
    renameSync(`${entry}.tmp`, entry);
  },
  "a hidden temporary file, renamed over, with the mode of the old one": ({ entry, path }, text) => {
    const draft = path("src/.plugin.ts.8f3a.tmp");
    writeFileSync(draft, text, { mode: 0o600 });
    chmodSync(draft, 0o644);
    renameSync(draft, entry);
  },
  "the old one renamed to a backup, the new one written": ({ entry }, text) => {
    writeFileSync(join(dirname(entry), "4913"), "");
    unlinkSync(join(dirname(entry), "4913"));
    renameSync(entry, `${entry}~`);
    writeFileSync(entry, text);
    unlinkSync(`${entry}~`);
  },
  "a backup copied, the file written in place": ({ entry }, text) => {
    copyFileSync(entry, `${entry}~`);
    writeFileSync(entry, text);
    unlinkSync(`${entry}~`);
  },
  "a file deleted and made anew": ({ entry }, text) => {
    unlinkSync(entry);
    writeFileSync(entry, text);
  },
  "a file deleted, and made anew a moment later": async ({ entry, clock }, text) => {
    unlinkSync(entry);
    await clock.advance(8);
    writeFileSync(entry, text);
  },
  "a swap file kept while writing": ({ entry, path }, text) => {
    writeFileSync(path("src/.plugin.ts.swp"), "swap");
    writeFileSync(entry, text);
    unlinkSync(path("src/.plugin.ts.swp"));
  },
  "the whole folder replaced by another": ({ plugin }, text) => {
    cpSync(plugin, `${plugin}.new`, { recursive: true });
    writeFileSync(join(`${plugin}.new`, "src/plugin.ts"), text);
    renameSync(plugin, `${plugin}.old`);
    renameSync(`${plugin}.new`, plugin);
    rmSync(`${plugin}.old`, { recursive: true });
  },
  "the folder replaced by a link to a version of it, as deployments do": ({ plugin }, text) => {
    const version = `${plugin}.${text.length}.${Math.random().toString(36).slice(2)}`;
    cpSync(plugin, version, { recursive: true, dereference: true });
    writeFileSync(join(version, "src/plugin.ts"), text);
    symlinkSync(version, `${plugin}.link`);
    rmSync(plugin, { recursive: true });
    renameSync(`${plugin}.link`, plugin);
  },
  "a checkout: many files removed and made, folders too, the entry among them": ({ path, entry }, text) => {
    for (let i = 0; i < 60; i++) {
      mkdirSync(path(`src/parts/n${i}`), { recursive: true });
      writeFileSync(path(`src/parts/n${i}/part.ts`), `export const part = ${i};\n`);
    }
    rmSync(path("src/help.ts"));
    unlinkSync(entry);
    writeFileSync(entry, text);
    writeFileSync(path("src/help.ts"), 'import "./parts/n59/part.ts";\n');
  },
};

/** What changes files and not their content. */
const NO_CHANGE: Record<string, (follower: CodeFollower, text: string) => void> = {
  "a touch": ({ entry }) => utimesSync(entry, new Date(), new Date()),
  "a write of the same content": ({ entry }, text) => writeFileSync(entry, text),
  "the same content renamed over": ({ entry }, text) => {
    writeFileSync(`${entry}.tmp`, text);
    renameSync(`${entry}.tmp`, entry);
  },
  "a change of who may write": ({ entry }) => chmodSync(entry, 0o600),
  "a file that comes and goes": ({ path }) => {
    writeFileSync(path("src/probe"), "");
    unlinkSync(path("src/probe"));
  },
};

const FILES = { "src/plugin.ts": code(1), "src/help.ts": "export {};\n" };

test.each(Object.entries(PATTERNS))("Saved as %s, a version is taken as after a plain write", async (_what, save) => {
  await expectNoLeaks(async () => {
    using follower = await new CodeFollower(FILES).begin();
    // Twice: what was watched before must be watched after.
    for (const version of [2, 3]) {
      await save(follower, code(version));
      await follower.hasDecided(code(version));
    }
    expect(follower.accepted).toEqual([code(1), code(2), code(3)]);
    expect(follower.refused).toEqual([]);
  });
});

test.each(Object.entries(NO_CHANGE))("After %s, nothing is taken for a new version", async (_what, save) => {
  using follower = await new CodeFollower(FILES).begin();
  save(follower, code(1));
  await follower.hasDecided(code(1));
  writeFileSync(follower.entry, code(2));
  await follower.hasDecided(code(2));
  expect(follower.accepted).toEqual([code(1), code(2)]);
  expect(follower.refused).toEqual([]);
});

test("A storm of a thousand saves in a second ends on the last one, with few reports", async () => {
  // Told of in this process: a clock that is moved by hand would run ahead of news from another one, which looks like quiet.
  using follower = await new CodeFollower(FILES, { findProgram: () => undefined }).begin();
  const { reports } = follower;
  for (let save = 2; save <= 1_001; save++) {
    writeFileSync(follower.entry, code(save));
    if (save % 2 === 0) appendFileSync(follower.path("src/help.ts"), "\n");
    await follower.clock.advance(1);
  }
  await follower.until(() => follower.accepted.at(-1) === code(1_001));
  expect(follower.refused).toEqual([]);
  // One for each 200 ms of noise, and those for the end and for what came while others were seen to.
  expect(follower.reports - reports).toBeLessThanOrEqual(10);
});
