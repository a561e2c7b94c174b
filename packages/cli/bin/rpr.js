#!/usr/bin/env node
// The launcher of rpr. As berth.js: plain JavaScript for Node.js 18. What the two have in common stands in both, since a file more
// costs every start half a millisecond.

const args = process.argv.slice(2);

if (isNodeNewEnough()) {
  keepCompiledCode();
  const main =
    args[0] === "plugins"
      ? await load("../dist/main.js", "../src/main.ts")
      : await load("../dist/rpr/main.js", "@berth/repeater");
  process.exitCode = await main(args);
  // A second signal gave up what is still open; all output is out.
  process.exit();
} else {
  const { relaunch } = await import("./relaunch.js");
  relaunch("rpr");
}

async function load(built, source) {
  const file = new URL(built, import.meta.url);
  // An import would load all of it, as berth.js says.
  const { existsSync } = process.getBuiltinModule("node:fs");
  const wantsSource = process.env.BERTH_FROM_SOURCE === "1";
  if (!wantsSource && !existsSync(file)) (await import("./build-first.js")).buildFirst();
  const isFromSource = wantsSource || !existsSync(file);
  return (await import(isFromSource ? source : file)).main;
}

/** As `engines` in package.json: ^24.15.0 || >=26 */
function isNodeNewEnough() {
  const [major, minor] = process.versions.node.split(".").map(Number);
  return (major === 24 && minor >= 15) || major >= 26;
}

/** In the user's own folder: whoever can write to a shared one can make others run code. */
function keepCompiledCode() {
  const { NODE_COMPILE_CACHE, XDG_CACHE_HOME, HOME, LOCALAPPDATA } = process.env;
  const cache = XDG_CACHE_HOME || (HOME && `${HOME}/.cache`) || LOCALAPPDATA;
  const folder = NODE_COMPILE_CACHE || (cache && `${cache}/berth/compiled`);
  if (folder) process.getBuiltinModule("node:module").enableCompileCache(folder);
}
