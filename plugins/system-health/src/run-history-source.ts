import { defineSource, fields, JsonView } from "@berth/sdk";
import { readRunHistory } from "./run-history.ts";
import { runHistoryContent } from "./run-history-content.ts";
import { createTimeLabels } from "./time-labels.ts";

const config = fields({
  title: { type: "string", maxLength: 100, default: "Runs", description: "The heading" },
  period: { type: "duration", min: "1h", max: "31d", default: "24h", description: "How far to look back" },
  jobs: { type: "strings", maxItems: 100, default: [], description: "Ids of the sources to judge; default: all" },
  time_zone: { type: "string", maxLength: 64, description: "Zone of the times in the chart; default: the machine's" },
});

export const runHistorySource = defineSource("run-history", {
  description: "How the host's own runs went: HEALTHY, DEGRADED or DOWN",
  config,
  create({ title, period, jobs, time_zone: timeZone }, ctx) {
    const labels = createTimeLabels(timeZone, ctx);
    return {
      async fetch({ signal }) {
        const answer = await ctx.services.call("runs", "summary", { sinceMs: period }, signal);
        const { jobs: all, buckets } = readRunHistory(new JsonView(answer));
        const chosen = jobs.length === 0 ? all : all.filter(({ job }) => jobs.includes(job));
        // The chart counts every job, so it would not belong to a choice of them.
        const history = { jobs: chosen, buckets: jobs.length === 0 ? buckets : [] };
        return runHistoryContent(history, { title, periodMs: period, labels, now: ctx.now() });
      },
    };
  },
});
