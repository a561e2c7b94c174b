import { HostError } from "@berth/contract";
import type { RprContext } from "../context.ts";
import type { PluginSide } from "./plugin-side.ts";

export async function openPluginSide(_context: RprContext): Promise<PluginSide> {
  throw new HostError("CALL_UNKNOWN_CONTRIBUTION", "No plugins yet");
}
