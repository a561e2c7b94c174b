import { definePlugin } from "@berth/sdk";
import { dockerExecutor } from "./docker-executor.ts";

export default definePlugin({ provides: [dockerExecutor] });
