import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

/** Collects at once: what was made since the last time (a millisecond or two), or all there is (some ten for a small process). */
export type CollectGarbage = (what: { type: "minor" | "major" }) => void;

/** V8's own collector, which Node.js only shows to those who know its name. */
export function openCollectGarbage(): CollectGarbage {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as CollectGarbage;
  setFlagsFromString("--no-expose-gc");
  return collect;
}
