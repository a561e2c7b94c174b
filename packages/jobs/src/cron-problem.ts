import { CronPattern as CronerPattern } from "croner";

/** What a part may hold, in the words of an error. */
interface Part {
  name: string;
  allowed: string;
}

const PARTS: readonly Part[] = [
  { name: "min", allowed: "0 to 59" },
  { name: "hour", allowed: "0 to 23" },
  { name: "day", allowed: "1 to 31, or L for the last" },
  { name: "month", allowed: "1 to 12, or JAN to DEC" },
  { name: "dow", allowed: "0 to 7, or SUN to SAT (0 and 7 are Sunday)" },
];

const SECONDS: Part = { name: "sec", allowed: "0 to 59" };

/** Longer ones are no schedule; the parser's work grows with the length. */
const LONGEST_EXPRESSION = 256;

/** What cron daemons understand in place of five parts. */
export const CRON_NICKNAMES: Readonly<Record<string, string>> = {
  "@yearly": "0 0 1 1 *",
  "@annually": "0 0 1 1 *",
  "@monthly": "0 0 1 * *",
  "@weekly": "0 0 * * 0",
  "@daily": "0 0 * * *",
  "@midnight": "0 0 * * *",
  "@hourly": "0 * * * *",
};

/** The five parts of a cron expression, or six with `seconds`. */
export function splitCron(expression: string): string[] {
  const trimmed = expression.trim();
  return trimmed === "" ? [] : trimmed.split(/\s+/);
}

/**
 * What is wrong with the form of a cron expression, every bad part by its name; `undefined` when nothing is. Whether it ever runs
 * is for `parseCron` to say.
 */
export function cronFormProblem(expression: string, seconds: boolean): string | undefined {
  if (expression.length > LONGEST_EXPRESSION) return `it is longer than ${LONGEST_EXPRESSION} characters`;
  const parts = seconds ? [SECONDS, ...PARTS] : PARTS;
  const given = splitCron(expression);
  if (given.length !== parts.length) return countProblem(given, parts);
  const bad = parts.filter((_, index) => !isValidPart(given[index]!, index, parts.length));
  if (bad.length === 0) return undefined;
  const told = bad.map(
    (part) => `${part.name} "${given[parts.indexOf(part)]}" is not valid (allowed: ${part.allowed})`,
  );
  return `${told.join("; ")}; lists 1,2, ranges 1-5 and steps */5 are understood`;
}

function countProblem(given: readonly string[], parts: readonly Part[]): string {
  const names = parts.map(({ name }) => name).join(", ");
  const nickname = given.length === 1 ? CRON_NICKNAMES[given[0]!.toLowerCase()] : undefined;
  const hint = nickname === undefined ? "" : `; write ${nickname}`;
  const count = parts.length === 5 ? "five" : "six";
  return `exactly ${count} parts are needed (${names}), it has ${given.length}${hint}`;
}

/** One part on its own, among wildcards: so that an error names the part it is in. */
function isValidPart(part: string, index: number, count: number): boolean {
  const alone = Array.from({ length: count }, (_, i) => (i === index ? part : "*")).join(" ");
  try {
    void new CronerPattern(alone, undefined, { mode: count === 5 ? "5-part" : "6-part" });
    return true;
  } catch {
    return false;
  }
}
