import type { CompiledModule } from "../component/evaluate.ts";
import type { ThreadAnswer } from "../../guest/answer-host.ts";
import type { LimitEvent, OutputLine } from "@berth/kernel/runner";

/** What a thread with a component is told in the host's `hello`, as `code`. */
export interface ComponentCode {
  /** Absolute. */
  file: string;
  /** The same for people: relative to the plugin's folder. */
  shownAs: string;
  memoryMb: number;
  /** Lines of standard output a second. */
  logRate: number;
  /** Names of the interfaces that the plugin has. */
  interfaces: readonly string[];
}

/** The core modules of one component, compiled: they can be sent from thread to thread. */
export interface CompiledComponent {
  /** SHA-256 of the file they were made from. */
  digest: string;
  /** The memory that was measured out to them. */
  memoryMb: number;
  modules: readonly CompiledModule[];
}

/** What such a thread tells its host beside the conversation; an answer is for who looks at its memory. */
export type ThreadMessage =
  | { output: OutputLine }
  | { limit: LimitEvent }
  | { trapped: string }
  | { compiled: CompiledComponent }
  | ThreadAnswer;
