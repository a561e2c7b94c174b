import type { Activity } from "./activity.ts";

/** The state of the working tree, from `git status --porcelain=v2 --branch -z`. */
export type TreeState = Pick<Activity, "branch" | "changedFiles" | "ahead" | "behind"> & {
  /** Whether there is no commit yet. */
  isEmpty: boolean;
};

export function parseStatus(output: string): TreeState {
  const state: TreeState = { branch: undefined, changedFiles: 0, ahead: undefined, behind: undefined, isEmpty: false };
  const entries = output.split("\0").values();
  for (const entry of entries) {
    if (entry.startsWith("# ")) readHeader(entry, state);
    else if (/^[12u?] /.test(entry)) state.changedFiles = (state.changedFiles ?? 0) + 1;
    // A renamed file's old path is an entry of its own, and could look like anything.
    if (entry.startsWith("2 ")) entries.next();
  }
  return state;
}

function readHeader(header: string, state: TreeState): void {
  const [, name = "", value = ""] = /^# (\S+) (.*)$/s.exec(header) ?? [];
  if (name === "branch.oid") state.isEmpty = value === "(initial)";
  if (name === "branch.head" && value !== "(detached)") state.branch = value.slice(0, 200);
  const [, ahead, behind] = (name === "branch.ab" && /^\+(\d+) -(\d+)$/.exec(value)) || [];
  if (ahead !== undefined && behind !== undefined) {
    state.ahead = Number(ahead);
    state.behind = Number(behind);
  }
}
