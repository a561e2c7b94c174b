import { type CallFrame, type CpuProfile, GUEST_URL, type ProfileNode } from "./cpu-profile.ts";

/** Whose code a frame is: the plugin's own, of a package that it brings, Berth's beside it, of Node.js, or the engine's work. */
export const FRAME_KINDS = ["own", "package", "guest", "node", "engine"] as const;

/** One of {@link FRAME_KINDS}. */
export type FrameKind = (typeof FRAME_KINDS)[number];

/** A function, and whose it is. */
export interface FlameFrame {
  name: string;
  /** With line and column, from 1; empty for the engine's. */
  place: string;
  kind: FrameKind;
}

/** Times as a tree, flat: the parent of each node comes before it; -1 has none. Times are in microseconds. */
export interface FlameTree {
  frames: FlameFrame[];
  /** `[parent, frame, self]`. */
  nodes: [number, number, number][];
  /** In which something ran. */
  activeUs: number;
  idleUs: number;
  samples: number;
}

/** What is too thin to be seen is counted for its caller: of the active time. */
const THINNEST_SHARE = 1 / 5_000;

const MOST_DEPTH = 512;

/** Where active time went. Time in which nothing ran is counted, and in no frame. */
export function flameTree(profile: CpuProfile): FlameTree {
  const selfUs = selfTimes(profile);
  const byId = new Map(profile.nodes.map((node) => [node.id, node]));
  const [root] = profile.nodes;
  let idleUs = 0;
  for (const node of profile.nodes) {
    if (isIdle(node)) idleUs += selfUs.get(node.id) ?? 0;
    if (isIdle(node) || isLooking(node)) selfUs.delete(node.id);
  }
  const totals = totalTimes(root!, byId, selfUs);
  const activeUs = totals.get(root!.id)!;
  const tree: FlameTree = { frames: [], nodes: [], activeUs, idleUs, samples: profile.samples.length };
  const indices = new Map<string, number>();
  const thinnest = activeUs * THINNEST_SHARE;
  const waiting = root!.children.map((id) => ({ node: byId.get(id)!, parent: -1, depth: 1 })).toReversed();
  for (let next = waiting.pop(); next; next = waiting.pop()) {
    const { node, parent, depth } = next;
    if (isIdle(node) || isLooking(node)) continue;
    const isLeaf = totals.get(node.id)! < thinnest || depth > MOST_DEPTH;
    if (isLeaf && parent !== -1) {
      tree.nodes[parent]![2] += totals.get(node.id)!;
      continue;
    }
    const index = tree.nodes.push([parent, frameIndex(node.callFrame, tree, indices), selfUs.get(node.id) ?? 0]) - 1;
    for (const id of node.children.toReversed()) waiting.push({ node: byId.get(id)!, parent: index, depth: depth + 1 });
  }
  return tree;
}

function isIdle({ callFrame }: ProfileNode): boolean {
  return callFrame.url === "" && callFrame.functionName === "(idle)";
}

/** To begin a look takes the plugin's time as well, once, and says nothing of it. */
function isLooking({ callFrame }: ProfileNode): boolean {
  return callFrame.url === "node:v8" && callFrame.functionName === "startCpuProfile";
}

/** Each sample stands for the time until the next one. Clocks that went back count as nothing. */
function selfTimes({ samples, timeDeltas, startTime, endTime }: CpuProfile): Map<number, number> {
  const selfUs = new Map<number, number>();
  let spent = timeDeltas[0] ?? 0;
  for (const [i, id] of samples.entries()) {
    const isLast = i + 1 === samples.length;
    const lastsUs = Math.max(0, isLast ? Math.min(endTime - startTime - spent, 1_000) : timeDeltas[i + 1]!);
    spent += lastsUs;
    selfUs.set(id, (selfUs.get(id) ?? 0) + lastsUs);
  }
  return selfUs;
}

function totalTimes(
  root: ProfileNode,
  byId: ReadonlyMap<number, ProfileNode>,
  selfUs: ReadonlyMap<number, number>,
): Map<number, number> {
  const inOrder = [root];
  for (const node of inOrder) for (const id of node.children) inOrder.push(byId.get(id)!);
  const totals = new Map<number, number>();
  for (const { id, children } of inOrder.toReversed()) {
    totals.set(
      id,
      children.reduce((sum, child) => sum + totals.get(child)!, selfUs.get(id) ?? 0),
    );
  }
  return totals;
}

function frameIndex(frame: CallFrame, { frames }: FlameTree, indices: Map<string, number>): number {
  const { functionName, url, lineNumber, columnNumber } = frame;
  const place = url === "" ? "" : `${shortPlace(url)}${lineNumber < 0 ? "" : `:${lineNumber + 1}:${columnNumber + 1}`}`;
  const key = `${functionName}\n${place}`;
  const known = indices.get(key);
  if (known !== undefined) return known;
  const index = frames.push({ name: functionName || "(anonymous)", place, kind: frameKind(frame) }) - 1;
  indices.set(key, index);
  return index;
}

/** Whose code it is, by its address. */
function frameKind({ url }: Pick<CallFrame, "url">): FrameKind {
  if (url === "") return "engine";
  if (url === GUEST_URL) return "guest";
  if (url.startsWith("node:")) return "node";
  return /[/\\]node_modules[/\\]/.test(url) ? "package" : "own";
}

/** Within the plugin's folder, or the copy of it that runs: where that lies says nothing. */
function shortPlace(url: string): string {
  if (!url.startsWith("file://")) return url;
  return url.slice("file://".length).replace(/^.*\/[0-9a-f]{64}\/|^\/plugin\//, "");
}
