import { definePlugin } from "@berth/sdk";
import { gitActivitySource } from "./git-activity-source.ts";

export default definePlugin({ provides: [gitActivitySource] });
