import { HostError } from "@berth/contract";
import { Cron } from "croner";
import { cronFormProblem, splitCron } from "./cron-problem.ts";
import { localTimeZone, timeZoneProblem } from "./time-zone.ts";

/** How a cron expression is read. */
export interface CronOptions {
  /** IANA name; the machine's own zone if left out. */
  zone?: string | undefined;
  /** Whether a part for the second stands before the five others. */
  seconds?: boolean | undefined;
}

/** A leap year's beginning: from here even 29 February is less than nine years ahead. */
const ANY_TIME = Date.UTC(2024, 0, 1);

/**
 * When a cron expression runs, in one time zone.
 *
 * Where the clocks go forward, a fixed time in the missing hour runs at its end, once. Where they go back, a fixed time runs in the
 * first pass of the repeated hour only. Fixed are hours and minutes written as numbers, lists or ranges; with a wildcard or a step
 * in either, the missing times are left out and both passes run, so `*\/15 * * * *` keeps its quarter of an hour throughout.
 * When both day and dow are restricted, either is enough.
 */
export class CronPattern {
  readonly expression: string;
  readonly zone: string;
  readonly #open: () => Cron;
  // Ten thousand jobs of one pattern ask the same question at each slot, and each answer costs 50 microseconds.
  #answeredFrom = Infinity;
  #answer: number | undefined = undefined;

  /** For {@link parseCron} and its cache: `open` gives the parsed form, which is large, when it is needed. */
  constructor(expression: string, zone: string, open: () => Cron) {
    this.expression = expression;
    this.zone = zone;
    this.#open = open;
  }

  /** The first run after `afterMs` (milliseconds since 1970), `undefined` when there is none. */
  next(afterMs: number): number | undefined {
    const isAnswered = afterMs >= this.#answeredFrom && (this.#answer === undefined || afterMs < this.#answer);
    if (!isAnswered) {
      this.#answer = this.#open().nextRun(new Date(afterMs))?.getTime();
      this.#answeredFrom = afterMs;
    }
    return this.#answer;
  }
}

/**
 * @throws CONFIG_INVALID that names the part and echoes the expression; also when the expression can never run.
 *
 * @example
 * parseCron("30 9 * * 1-5", { zone: "Europe/Berlin" }).next(Date.now());
 */
export function parseCron(expression: string, options: CronOptions = {}): CronPattern {
  const parsed = openCron(expression, options);
  return new CronPattern(parsed.expression, parsed.zone, () => parsed.cron);
}

/**
 * What {@link parseCron} is made of: the expression with single spaces, its zone, and the parsed form.
 *
 * @throws CONFIG_INVALID
 */
export function openCron(expression: string, options: CronOptions): { expression: string; zone: string; cron: Cron } {
  const { zone = localTimeZone(), seconds = false } = options;
  const zoneProblem = timeZoneProblem(zone);
  if (zoneProblem !== undefined) throw new HostError("CONFIG_INVALID", `Cannot use the time zone: ${zoneProblem}`);
  const problem = cronFormProblem(expression, seconds);
  if (problem !== undefined) throw invalid(expression, problem);
  const normal = splitCron(expression).join(" ");
  const cron = open(normal, zone, seconds);
  if (cron.nextRun(new Date(ANY_TIME)) === null) throw invalid(expression, neverRuns(normal));
  return { expression: normal, zone, cron };
}

/** The parsed form of an expression that {@link openCron} has checked before. */
export function reopenCron(expression: string, zone: string, options: CronOptions): Cron {
  return open(expression, zone, options.seconds ?? false);
}

/** What is wrong with a cron expression of five parts, in one sentence that names the part; `undefined` when nothing is. */
export function cronProblem(expression: string): string | undefined {
  const problem = cronFormProblem(expression, false);
  if (problem !== undefined) return problem;
  const isPossible = open(splitCron(expression).join(" "), "UTC", false).nextRun(new Date(ANY_TIME)) !== null;
  return isPossible ? undefined : neverRuns(expression);
}

function open(expression: string, zone: string, seconds: boolean): Cron {
  return new Cron(expression, {
    mode: seconds ? "6-part" : "5-part",
    timezone: zone,
    paused: true,
    fixedTimeRule: "no-wildcard",
  });
}

function neverRuns(expression: string): string {
  const [day, month] = splitCron(expression).slice(-3);
  return `it never runs: no month "${month}" has a day "${day}"`;
}

function invalid(expression: string, problem: string): HostError {
  const echo = expression.length > 100 ? `${expression.slice(0, 99)}…` : expression;
  return new HostError("CONFIG_INVALID", `Cannot use the schedule "${echo}": ${problem}`);
}
