export { cronProblem, CronPattern, type CronOptions, parseCron } from "./cron-pattern.ts";
export { CronPatterns } from "./cron-patterns.ts";
export type { JobEvent, JobRun, JobSpec, MissReason, RunCause, RunReport } from "./job.ts";
export { JobLoop, type JobLoopOptions } from "./job-loop.ts";
export { localTimeZone, timeZoneProblem } from "./time-zone.ts";
export { TimerQueue, type TimerQueueOptions } from "./timer-queue.ts";
export { latestSlot, type Trigger, type TriggerSpec } from "./trigger.ts";
