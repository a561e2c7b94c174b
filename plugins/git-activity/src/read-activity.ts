import type { PluginContext } from "@berth/sdk";
import type { Activity, LineCount } from "./activity.ts";
import { Git } from "./git.ts";
import { COMMITS_FORMAT, parseCommits, parseCommitTimes, parseShortstat, TIMES_FORMAT } from "./parse-log.ts";
import { parseStatus, type TreeState } from "./parse-status.ts";

/** A project with more in the period is shown by its newest ones. */
const MOST_COMMITS = 10_000;
/** Counting lines means comparing trees; beyond this it would take longer than a picture is worth. */
const MOST_COMPARED = 1_000;
const LAST_COMMITS = 12;

/** Without rename search, external programs or filters for display, each of which costs time or trust. */
const PLAIN_DIFF = ["--no-ext-diff", "--no-textconv", "--no-renames"];

/** What happened since `sinceMs` (milliseconds since 1970), and how the repository stands. */
export async function readActivity(
  repository: string | undefined,
  sinceMs: number,
  ctx: PluginContext,
  signal: AbortSignal,
): Promise<Activity> {
  const git = new Git(repository, ctx);
  const facts = (
    await git.read(["rev-parse", "--is-bare-repository", "--is-shallow-repository", "--absolute-git-dir"], signal)
  ).split("\n");
  const [isBare, isShallow, gitFolder = ""] = [facts[0] === "true", facts[1] === "true", facts[2]];
  const tree = isBare ? await bareState(git, signal) : await treeState(git, signal);
  const place = { name: nameOf(gitFolder), isShallow };
  if (tree.isEmpty) return { ...place, ...tree, total: 0, commits: [], last: [], lines: undefined };
  const since = `--since=${Math.floor(sinceMs / 1_000)}`;
  const [times, last, total, lines] = await Promise.all([
    git.read(["log", since, `--max-count=${MOST_COMMITS}`, TIMES_FORMAT], signal),
    git.read(["log", `--max-count=${LAST_COMMITS}`, COMMITS_FORMAT], signal),
    git.tryRead(["rev-list", "--count", "HEAD"], signal),
    countLines(git, since, signal),
  ]);
  return {
    ...place,
    ...tree,
    total: total === undefined ? undefined : Number(total),
    commits: parseCommitTimes(times),
    last: parseCommits(last),
    lines,
  };
}

async function countLines(git: Git, since: string, signal: AbortSignal): Promise<LineCount | undefined> {
  const output = await git.tryRead(
    ["log", since, `--max-count=${MOST_COMPARED}`, "--no-merges", "--format=", "--shortstat", ...PLAIN_DIFF],
    signal,
  );
  return output === undefined ? undefined : parseShortstat(output);
}

/** A tree with too many new files to list is still one whose history can be shown. */
async function treeState(git: Git, signal: AbortSignal): Promise<TreeState> {
  const output = await git.tryRead(["status", "--porcelain=v2", "--branch", "-z", "--ignore-submodules=all"], signal);
  return output === undefined ? bareState(git, signal) : parseStatus(output);
}

/** Without a working tree there is nothing to be changed. */
async function bareState(git: Git, signal: AbortSignal): Promise<TreeState> {
  const branch = await git.tryRead(["symbolic-ref", "--short", "--quiet", "HEAD"], signal);
  const refs = await git.tryRead(["for-each-ref", "--count=1"], signal);
  return {
    branch: branch?.trim().slice(0, 200) || undefined,
    changedFiles: undefined,
    ahead: undefined,
    behind: undefined,
    isEmpty: refs === "",
  };
}

/** `/home/ada/berth/.git`, `/srv/berth.git` and `/home/ada/berth/.git/worktrees/new` are all called by their folder. */
function nameOf(gitFolder: string): string {
  const folders = gitFolder
    .trim()
    .replace(/\/\.git\/(?:worktrees|modules)\/([^/]+)$/, "/$1")
    .split(/[/\\]/);
  const own = folders.findLast((folder) => folder !== "" && folder !== ".git");
  return own?.replace(/\.git$/, "").slice(0, 100) || "repository";
}
