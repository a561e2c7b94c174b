export type { RprContext, StopSignal } from "./context.ts";
export { processContext } from "./process-context.ts";
export { main } from "./main.ts";
