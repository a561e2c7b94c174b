import type { Settings } from "../config/settings.ts";
import type { Executor } from "../exec/executor.ts";
import type { FlagSpec } from "../flags/flag.ts";
import type { ModeSpec } from "../flags/mode-table.ts";
import type { Schedule } from "../modes/schedule.ts";
import type { RecordSink } from "../run/run-record.ts";

/** What plugins bring to `rpr`. The host behind it is made when something is asked for first. */
export interface PluginSide extends AsyncDisposable {
  /** Names of all schedulers, for hints. */
  schedulerNames(): readonly string[];
  /** A mode for a scheduler that the core does not know by name. */
  modeOf(name: string): ModeSpec | undefined;
  /** The settings of a mode's scheduler, as flags. */
  flagsOf(mode: ModeSpec, words: readonly string[]): Promise<readonly FlagSpec[]>;
  /** Settings of the schedulers of modes that are known by name, and not of this one: in a mode they are not for they do nothing. */
  flagsOfOtherModes(mode: ModeSpec): Promise<readonly FlagSpec[]>;
  openScheduler(mode: ModeSpec, flags: readonly FlagSpec[], settings: Settings): Promise<Schedule>;
  openExecutor(name: string, settings: Settings): Promise<Executor>;
  openOutput(name: string, settings: Settings): Promise<RecordSink>;
}
