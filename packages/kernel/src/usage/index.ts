export { type CallCounts, type CallLatency, CallTally } from "./call-tally.ts";
