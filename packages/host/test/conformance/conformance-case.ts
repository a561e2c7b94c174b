import type { Tier } from "@berth/contract";
import type { ConformanceBench } from "./bench.ts";

/** One thing that every tier does alike. */
export interface ConformanceCase {
  title: string;
  run: (bench: ConformanceBench) => Promise<void>;
  /** Tiers that cannot do it by their nature, and why. */
  except?: Partial<Record<Tier, string>>;
}
