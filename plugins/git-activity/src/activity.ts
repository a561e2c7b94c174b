/** What is known of a repository. */
export interface Activity {
  name: string;
  /** Absent when no branch is checked out. */
  branch: string | undefined;
  /** Files changed and not committed; absent for a bare repository. */
  changedFiles: number | undefined;
  /** Commits not pushed, and not pulled; absent without an upstream. */
  ahead: number | undefined;
  behind: number | undefined;
  /** Whether only a part of the history is here. */
  isShallow: boolean;
  /** All commits of the current branch, as far as they are here. */
  total: number | undefined;
  /** Those of the period, newest first. */
  commits: CommitTime[];
  /** The newest ones with their words. */
  last: Commit[];
  lines: LineCount | undefined;
}

/** When somebody committed, milliseconds since 1970. */
export interface CommitTime {
  at: number;
  author: string;
}

/** One commit. */
export interface Commit extends CommitTime {
  hash: string;
  subject: string;
}

/** Lines added and removed by so many commits. */
export interface LineCount {
  added: number;
  removed: number;
}
