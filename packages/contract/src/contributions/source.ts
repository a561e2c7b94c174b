import type { CallContext } from "../call-context.ts";
import type { SignageContent } from "./signage-content.ts";

/**
 * A configured source. Made once per entry of `sources.yaml` and used for every run of it; two instances share nothing.
 */
export interface SourceInstance {
  /**
   * Gets fresh data. Returns nothing when the service has none, which counts as a failed run (SIG-6); throws when it failed.
   * May be called again while an earlier, timed-out call is still ending: watch `call.signal`.
   */
  fetch(call: CallContext): Promise<SignageContent | undefined>;
  /**
   * Whether fresh content is worth a new picture. `false` makes the run `skipped`: no failure, and the cache is left alone.
   * Default: always.
   */
  shouldRender?(content: SignageContent, previous: SignageContent | undefined): boolean | Promise<boolean>;
  /** Lets go of whatever the instance holds. Called once. */
  dispose?(): void | Promise<void>;
}
