export { type JobsFile, readJobs } from "./read-jobs.ts";
export { runJobs } from "./run-jobs.ts";
