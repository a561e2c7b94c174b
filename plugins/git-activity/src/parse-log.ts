import type { Commit, CommitTime, LineCount } from "./activity.ts";

// Fields end with NUL, which neither a name nor a message can hold: whatever else is in them, they cannot break out. Names and
// subjects are cut by git already, so that a message of a megabyte is never printed.
const AUTHOR = "%<(80,trunc)%aN";
const SUBJECT = "%<(160,trunc)%s";

/** For {@link parseCommitTimes}. */
export const TIMES_FORMAT = `--format=tformat:%ct%x00${AUTHOR}%x00`;
/** For {@link parseCommits}. */
export const COMMITS_FORMAT = `--format=tformat:%h%x00%ct%x00${AUTHOR}%x00${SUBJECT}%x00`;

export function parseCommitTimes(output: string): CommitTime[] {
  return records(output, 2).flatMap(([at = "", author = ""]) => toTime(at, author) ?? []);
}

export function parseCommits(output: string): Commit[] {
  return records(output, 4).flatMap(([hash = "", at = "", author = "", subject = ""]) => {
    const time = toTime(at, author);
    return time && /^[0-9a-f]{4,64}$/.test(hash) ? { ...time, hash, subject: words(subject) } : [];
  });
}

/** Adds up what `--shortstat` prints: ` 3 files changed, 10 insertions(+), 2 deletions(-)`. */
export function parseShortstat(output: string): LineCount {
  const total = { added: 0, removed: 0 };
  for (const [, count, kind] of output.matchAll(/(\d{1,15}) (insertion|deletion)s?\([+-]\)/g)) {
    total[kind === "insertion" ? "added" : "removed"] += Number(count);
  }
  return total;
}

/** Git ends each record with a newline, which then stands before the next one's first field. */
function records(output: string, size: number): string[][] {
  const fields = output.split("\0");
  const found: string[][] = [];
  for (let start = 0; start + size < fields.length; start += size) {
    const [first = "", ...rest] = fields.slice(start, start + size);
    found.push([first.replace(/^\n/, ""), ...rest]);
  }
  return found;
}

function toTime(at: string, author: string): CommitTime | undefined {
  const seconds = Number(at);
  // A broken commit may claim any time; beyond this a date cannot hold it.
  if (!/^\d{1,12}$/.test(at) || seconds > 8.64e12) return undefined;
  return { at: seconds * 1_000, author: words(author) || "nobody" };
}

function words(text: string): string {
  return text.replace(/\s+/g, " ").trim();
}
