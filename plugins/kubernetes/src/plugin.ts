import { definePlugin } from "@berth/sdk";
import { kubernetesExecutor } from "./kubernetes-executor.ts";

export default definePlugin({ provides: [kubernetesExecutor] });
