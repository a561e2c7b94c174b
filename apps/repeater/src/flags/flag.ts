/** What a flag's value is. A `switch` takes none, a `list` is given in commas or by several flags, a `delay` may be a percentage. */
export type FlagKind = "duration" | "delay" | "count" | "number" | "text" | "pattern" | "list" | "pairs" | "switch";

/** Under which heading of the help a flag stands. */
export type FlagGroup = "schedule" | "stop" | "run" | "judge" | "http" | "output" | "general";

/** A delay that is fixed, or a share of the wait it lengthens. */
export type Delay = { ms: number } | { share: number };

/** A parsed value. Durations are milliseconds. */
export type FlagValue = number | string | boolean | readonly string[] | Delay | RegExp;

/** One flag, as data: the parser, the help, the completion and the configuration file are all made of it. */
export interface FlagSpec {
  /** Without dashes; also its name in the environment (`RPR_MAX_DELAY`) and in files (`max_delay`). */
  readonly name: string;
  /** Other ways to type it, with their dashes: `-e`, `-bd`, `--tz`. */
  readonly also?: readonly string[];
  /** Of a switch: how it is switched off. */
  readonly off?: string;
  readonly kind: FlagKind;
  readonly group: FlagGroup;
  /** How the value is shown in the help, such as `DURATION`. */
  readonly value?: string;
  readonly help: string;
  /** One to show, where the value is not plain. */
  readonly example?: string;
  /** As it would be typed. */
  readonly default?: string;
  readonly min?: number;
  readonly max?: number;
  readonly oneOf?: readonly string[];
  /** Modes that know it; all, when left out. Given in another mode, it says that it has no effect there. */
  readonly modes?: readonly string[];
  /** Not to be set in a file or the environment: it says what is done, not how. */
  readonly isCommandLineOnly?: true;
  /** Of a flag that a plugin's schema describes: whether the plugin cannot do without it. */
  readonly isRequired?: true;
  /** Of a flag that a plugin's schema describes: the name of the setting. */
  readonly setting?: string;
}
