import { createHash } from "node:crypto";
import { FRAME_KINDS, type FlameTree, type FrameKind } from "./flame-tree.ts";
import { FLAME_SCRIPT } from "./flame-script.ts";
import { FLAME_STYLE } from "./flame-style.ts";

/** What stands above the flames. */
export interface FlamePageAbout {
  plugin: string;
  version: string;
  tier: string;
  generation: number;
  /** Milliseconds since 1970. */
  at: number;
  seconds: number;
}

const KIND_WORDS: Readonly<Record<FrameKind, string>> = {
  own: "the plugin's own",
  package: "of a package",
  guest: "Berth, beside the plugin",
  node: "Node.js",
  engine: "the engine",
};

/**
 * The page that shows where time went: one file that needs no other and no network. Text from plugins stands in it as data, which nothing
 * takes for markup, and the browser is told to run nothing but the page's own script.
 */
export function flamePage(tree: FlameTree, about: FlamePageAbout): string {
  const { plugin, version, tier, generation, at, seconds } = about;
  const title = `${plugin} ${version}`;
  const when = new Date(at).toISOString().slice(0, 19).replace("T", " ");
  const busy = `${milliseconds(tree.activeUs)} at work, ${milliseconds(tree.idleUs)} waiting`;
  const policy = `default-src 'none'; script-src '${hashOf(FLAME_SCRIPT)}'; style-src '${hashOf(FLAME_STYLE)}'`;
  const key = FRAME_KINDS.map((kind) => `<span class="key"><i class="${kind}"></i>${KIND_WORDS[kind]}</span>`).join(
    "\n",
  );
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Profile of ${escaped(title)}</title>
<style>${FLAME_STYLE}</style>
</head>
<body>
<h1>Profile of ${escaped(title)}</h1>
<p>Tier ${escaped(tier)}, generation ${generation}, ${when} UTC: ${lookedFor(tree, seconds)}, of which ${busy}; ${tree.samples} samples.</p>
<div id="bar">
<label>Search <input id="search" type="search" autocomplete="off" placeholder="function or file ( / )"></label>
<button id="reset" type="button" disabled>Show all (Esc)</button>
<output id="found"></output>
${key}
</div>
<p>Wider is longer; what is below was called by what is above. Click or Enter to look closer, arrow keys to walk.</p>
<div id="flames" role="group" aria-label="Where time went"></div>
<pre id="detail" aria-live="polite"></pre>
<h2>Functions by time in themselves</h2>
<table>
<thead><tr><th class="figure">Self</th><th></th><th class="figure">Total</th><th></th><th>Function</th><th>Whose</th><th>Place</th></tr></thead>
<tbody id="top"></tbody>
</table>
<script type="application/json" id="data">${dataOf(tree)}</script>
<script>${FLAME_SCRIPT}</script>
</body>
</html>
`;
}

/** A text that stands for any in the page: no `<` of it can end the element or begin another. */
function dataOf({ frames, nodes, activeUs }: FlameTree): string {
  const data = {
    kinds: FRAME_KINDS.map((kind) => KIND_WORDS[kind]),
    activeUs: Math.round(activeUs),
    frames: frames.map(({ name, place, kind }) => [name, place, FRAME_KINDS.indexOf(kind)]),
    nodes: nodes.map(([parent, frame, selfUs]) => [parent, frame, Math.round(selfUs)]),
  };
  return JSON.stringify(data).replaceAll("<", "\\u003c");
}

/** One that is held back for what it uses of the processor answers later than it was asked to, and its times are those of the clock. */
function lookedFor({ activeUs, idleUs }: FlameTree, seconds: number): string {
  const sampledUs = activeUs + idleUs;
  const isLater = sampledUs > seconds * 1_100_000;
  return isLater ? `${milliseconds(sampledUs)} (${seconds} s were asked for)` : `${seconds} s`;
}

function hashOf(text: string): string {
  return `sha256-${createHash("sha256").update(text).digest("base64")}`;
}

function milliseconds(us: number): string {
  return us >= 999_500 ? `${(us / 1_000_000).toFixed(2)} s` : `${Math.round(us / 1_000)} ms`;
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll('"', "&quot;");
}
