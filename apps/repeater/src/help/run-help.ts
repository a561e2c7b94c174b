import { RUN_FLAGS } from "../jobs/job-flags.ts";
import { flagRows, table } from "./help.ts";

/** The page of `rpr run`. */
export function runHelp(name: string): string {
  return `${name} run: runs many jobs side by side in one process

Usage: ${name} run FILE [FLAGS]

The file is YAML or TOML. A job has a command, and flags of the command line as keys:

  version: 1
  defaults: { timeout: 1m }
  jobs:
    health:
      every: 30s
      command: [curl, -fsS, https://example.com/health]
    report:
      cron: 0 9 * * 1-5
      timezone: Europe/Berlin
      command: ./report.sh > report.txt
    deploy:
      mode: exponential
      attempts: 5
      command: [./deploy.sh]

The mode is said by mode, or by cron, rate, every, for or times. A line is run by sh -c, a list as it is.

Flags:
${table(flagRows(RUN_FLAGS))}

Exit codes: as of one command; 1 when some job failed.
`;
}
