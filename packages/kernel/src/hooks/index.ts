export type { Hook, HookResult, SkippedHook } from "./hook.ts";
export { orderHooks } from "./order-hooks.ts";
export { runAll, runFirst, runReduce, runSeries } from "./run-hooks.ts";
