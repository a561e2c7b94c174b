import { definePlugin } from "@berth/sdk";
import { runHistorySource } from "./run-history-source.ts";
import { systemHealthSource } from "./system-health-source.ts";

export default definePlugin({ provides: [systemHealthSource, runHistorySource] });
