import { neutraliseLine } from "@berth/base";
import { HostError } from "@berth/contract";

/** One place in the code, as often as it was reached by another way. As V8 writes it. */
export interface ProfileNode {
  id: number;
  hitCount: number;
  callFrame: CallFrame;
  children: number[];
}

/** A function of the code. Lines and columns count from 0. */
export interface CallFrame {
  functionName: string;
  scriptId: string;
  url: string;
  lineNumber: number;
  columnNumber: number;
}

/** What a `.cpuprofile` holds. Times are in microseconds. */
export interface CpuProfile {
  nodes: ProfileNode[];
  startTime: number;
  endTime: number;
  samples: number[];
  timeDeltas: number[];
}

const MOST_NODES = 500_000;
const MOST_SAMPLES = 1_000_000;
const MOST_NAME_CHARACTERS = 300;
const MOST_URL_CHARACTERS = 1_000;

/** How frames of the guest name their file, wherever it lies. */
export const GUEST_URL = "berth:guest";

/**
 * Reads what a plugin's process sent as its profile. Only what is known is taken, texts are neutralised, and every number is one that fits:
 * each node has one parent, and samples name nodes that are there.
 *
 * @throws HostError `PROTOCOL_BROKEN` when it is no profile.
 */
export function readCpuProfile(text: string, guest: string): CpuProfile {
  let value: Record<string, unknown>;
  try {
    value = membersOf(JSON.parse(text));
  } catch {
    throw broken("no JSON");
  }
  const nodes = listOf(value["nodes"], MOST_NODES, "nodes").map((node) => readNode(membersOf(node), guest));
  const ids = new Set(nodes.map(({ id }) => id));
  if (nodes.length === 0 || ids.size !== nodes.length) throw broken("nodes of the same name, or none");
  assertTree(nodes, ids);
  const samples = listOf(value["samples"], MOST_SAMPLES, "samples").map(wholeNumber);
  if (!samples.every((id) => ids.has(id))) throw broken("samples of nodes that are not there");
  const timeDeltas = listOf(value["timeDeltas"], MOST_SAMPLES, "times").map(number);
  if (timeDeltas.length !== samples.length) throw broken("more times than samples, or fewer");
  return { nodes, startTime: number(value["startTime"]), endTime: number(value["endTime"]), samples, timeDeltas };
}

/** Nothing hangs below two, or below what does not hang below the first. */
function assertTree([root, ...others]: readonly ProfileNode[], ids: ReadonlySet<number>): void {
  const parents = new Map<number, number>();
  for (const { id, children } of [root!, ...others]) {
    for (const child of children) {
      if (!ids.has(child) || parents.has(child) || child === root!.id) throw broken("nodes that are no tree");
      parents.set(child, id);
    }
  }
  if (parents.size !== others.length) throw broken("nodes that hang below none");
  // As many links as nodes below the root, each with one parent: what is not reached from the root is a ring.
  const byId = new Map([root!, ...others].map((node) => [node.id, node]));
  const reached = [root!];
  for (const node of reached) for (const child of node.children) reached.push(byId.get(child)!);
  if (reached.length !== others.length + 1) throw broken("nodes in a ring");
}

function readNode(node: Record<string, unknown>, guest: string): ProfileNode {
  const frame = membersOf(node["callFrame"]);
  const url = textOf(frame["url"], MOST_URL_CHARACTERS);
  return {
    id: wholeNumber(node["id"]),
    hitCount: wholeNumber(node["hitCount"]),
    callFrame: {
      functionName: textOf(frame["functionName"], MOST_NAME_CHARACTERS),
      scriptId: String(frame["scriptId"]).slice(0, 20),
      url: guest !== "" && url === neutraliseLine(guest, MOST_URL_CHARACTERS) ? GUEST_URL : url,
      lineNumber: number(frame["lineNumber"]),
      columnNumber: number(frame["columnNumber"]),
    },
    children: node["children"] === undefined ? [] : listOf(node["children"], MOST_NODES, "children").map(wholeNumber),
  };
}

function membersOf(value: unknown): Record<string, unknown> {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  throw broken("a part that is no object");
}

function listOf(value: unknown, most: number, what: string): unknown[] {
  if (!Array.isArray(value)) throw broken(`no ${what}`);
  if (value.length > most) throw broken(`more than ${most} ${what}`);
  return value;
}

function number(value: unknown): number {
  if (typeof value === "number" && Number.isFinite(value)) return value;
  throw broken("a number that is none");
}

function wholeNumber(value: unknown): number {
  if (Number.isSafeInteger(value) && (value as number) >= 0) return value as number;
  throw broken("a count that is none");
}

function textOf(value: unknown, most: number): string {
  if (typeof value === "string") return neutraliseLine(value, most);
  throw broken("a text that is none");
}

function broken(why: string): HostError {
  return new HostError("PROTOCOL_BROKEN", `Cannot read the profile that the plugin's process sent: it has ${why}`);
}
