import type { BegunModuleCheck, ModuleCheckOptions, ModuleComparison } from "../scan/check-modules.ts";
import type { ForeseenCheck } from "./foreseen-check.ts";

/** What is asked of the thread that checks. */
export type CheckQuestion = BeginQuestion | CompareQuestion;

/** The first half of a check, of what is to be loaded or of what may be about to be. */
export interface BeginQuestion {
  kind: "begin" | "foresee";
  id: number;
  /** Whose modules they are: what is known of them is kept by it. */
  plugin: string;
  folder: string;
  options: CheckOptions;
}

/** The other half. */
export interface CompareQuestion {
  kind: "compare";
  id: number;
  /** By which question it was begun. */
  begunBy: number;
}

/** What a check goes by that is no object of the one who asks. */
export type CheckOptions = Pick<ModuleCheckOptions, "before" | "entry" | "manifest">;

/** What the thread says: first that it is there, then an answer to each question, or that there is none. */
export type CheckAnswer = { isReady: true } | { id: number; failed: string } | ({ id: number } & Partial<CheckResult>);

/** What came of a question; nothing where it is not known any more what was begun. */
export interface CheckResult {
  begun: Pick<BegunModuleCheck, "modules" | "problems">;
  compared: ModuleComparison;
  foreseen: ForeseenCheck;
}
