import { configError, defineSource, fields, type PluginContext } from "@berth/sdk";
import { activityContent } from "./activity-content.ts";
import { Calendar } from "./calendar.ts";
import { readActivity } from "./read-activity.ts";

const DAY_MS = 86_400_000;

const config = fields({
  repository: {
    type: "string",
    default: ".",
    minLength: 1,
    maxLength: 1_000,
    description: "Folder of the repository, absolute; default: the one in the working folder",
  },
  title: { type: "string", maxLength: 100, description: "The heading; default: the repository's name" },
  weeks: { type: "int", min: 1, max: 52, default: 12, description: "How far to look back" },
  time_zone: { type: "string", maxLength: 64, description: "Zone of days and times; default: the machine's" },
});

export const gitActivitySource = defineSource("git-activity", {
  description: "Commits, authors and state of a git repository",
  config,
  create({ repository, title, weeks, time_zone: timeZone }, ctx) {
    const calendar = new Calendar(timeZone, ctx);
    const folder = folderOf(repository, ctx);
    return {
      async fetch({ signal }) {
        const now = ctx.now();
        // A day more than is shown: the first one began before this time of day.
        const activity = await readActivity(folder, now - (weeks * 7 + 1) * DAY_MS, ctx, signal);
        ctx.log.info("read the history", { repository: activity.name, commits: activity.commits.length });
        return activityContent(activity, { title, weeks, calendar, now });
      },
    };
  },
});

/**
 * A plugin has no working folder. Its data folder lies in the host's, so git finds the repository around it by itself; any other
 * one must be named in full.
 */
function folderOf(repository: string, ctx: PluginContext): string | undefined {
  if (repository === "." || repository === "./") return undefined;
  if (/^(?:[/\\]|[A-Za-z]:[/\\])/.test(repository)) return repository;
  throw configError(
    ctx,
    "repository",
    "must be an absolute path; leave it out for the repository of the working folder",
  );
}
