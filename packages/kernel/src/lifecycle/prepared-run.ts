import type { OpenRequest } from "../runner.ts";
import type { MakeCapabilities } from "./capability-pool.ts";
import type { GenerationLimits } from "./generation.ts";

/** What the host gets ready for a plugin before its code is loaded: its rights, its bounds, and who hears of it. */
export interface PreparedRun extends Pick<
  OpenRequest,
  "grant" | "limits" | "folders" | "dataFolder" | "environment" | "onLimit" | "onOutput" | "scope"
> {
  /** Where its code is run from, where that is not the plugin's folder itself: a copy that nobody changes. */
  folder?: string;
  /** Of what is in that folder. */
  digest?: string;
  makeCapabilities: MakeCapabilities;
  /** What of its limits the host itself holds it to, as it was granted. */
  generationLimits: GenerationLimits;
}
