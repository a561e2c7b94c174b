export { type CallCounts, type CallLatency, CallTally } from "./call-tally.ts";
export { FigureRing } from "./figure-ring.ts";
