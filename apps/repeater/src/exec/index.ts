export type { Executor, ExecutorRequest, ExecutorResult, ExecutorSink } from "./executor.ts";
export { type DefaultExecutorOptions, openDefaultExecutor } from "./open-executor.ts";
export { SpawnExecutor } from "./spawn-executor.ts";
