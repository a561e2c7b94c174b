import type { Executor } from "./executor.ts";
import { PlainExecutor } from "./plain-executor.ts";

/** What runs commands when no other executor is named. */
export function openDefaultExecutor(): Executor {
  return new PlainExecutor();
}
