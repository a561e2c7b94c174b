import type { BegunModuleCheck, ModuleCheckOptions, ModuleComparison } from "../scan/check-modules.ts";

/** What is asked of the thread that checks. */
export interface CheckQuestion {
  /** Absent where nobody waits for an answer: the first half is worked out, and kept by the content of the modules. */
  id?: number;
  /** Whose modules they are: what is known of them is kept by it. */
  plugin: string;
  folder: string;
  options: CheckOptions;
}

/** What a check goes by that is no object of the one who asks. */
export type CheckOptions = Pick<ModuleCheckOptions, "before" | "entry" | "manifest">;

/** What the thread says, in this order: that it is there; of each question, both halves of the answer, or that there is none. */
export type CheckAnswer =
  | { isReady: true }
  | { id: number; begun: Pick<BegunModuleCheck, "modules" | "problems"> }
  | { id: number; compared: ModuleComparison }
  | { id: number; failed: string };
