import type { Delay, FlagSpec, FlagValue } from "../flags/flag.ts";
import { parseValue } from "../flags/parse-value.ts";
import { findMode } from "../flags/mode-table.ts";
import { type FileSettings, textOf, unknownKey } from "./config-file.ts";
import { fileKeyOf, type Target, VARIABLES, variableOf } from "./file-keys.ts";

/** One value, and who said so. */
export interface Setting {
  value: FlagValue;
  origin: string;
  /** Whether nobody said it. */
  isDefault: boolean;
}

/** What settings are made of; the stronger first. */
export interface SettingSources {
  flags: readonly FlagSpec[];
  typed: ReadonlyMap<string, FlagValue>;
  env: Readonly<Record<string, string | undefined>>;
  file: FileSettings | undefined;
  mode: string | undefined;
}

/** The value of every flag: as it was typed, else from the environment, else from the file, else its default. */
export class Settings {
  readonly #values = new Map<string, Setting>();
  /** Everything that is wrong, each a sentence. */
  readonly problems: string[] = [];
  /** Of plugins, by name; set in files and the environment. */
  readonly plugins = new Map<string, Map<string, unknown>>();
  /** Outputs that are switched on beside those of `--output`. */
  readonly outputs = new Set<string>();
  /** Who said so, of settings of plugins (`plugins.NAME.SETTING`) and of outputs (`output.NAME`). */
  readonly origins = new Map<string, string>();

  constructor(sources: SettingSources) {
    const { file } = sources;
    this.problems.push(...(file?.problems ?? []));
    this.problems.push(...unknownKeys(sources));
    for (const [name, settings] of file?.plugins ?? []) this.plugins.set(name, new Map(settings));
    for (const name of file?.outputs ?? []) this.outputs.add(name);
    for (const [what, place] of file?.places ?? []) this.origins.set(what, place);
    for (const flag of sources.flags) this.#resolve(flag, sources);
    for (const [variable, target] of Object.entries(VARIABLES))
      this.#applyVariable(variable, target, sources.env[variable]);
    for (const output of ["metrics", "health"]) {
      if (this.isOn(`enable-${output}`)) this.#switchOn(output, `--enable-${output}`);
      const port = this.number(`${output}-port`);
      if (port !== undefined) this.#setOfPlugin(output, "listen", String(port), `--${output}-port`);
    }
  }

  get(name: string): Setting | undefined {
    return this.#values.get(name);
  }

  entries(): Iterable<[name: string, setting: Setting]> {
    return this.#values;
  }

  number(name: string): number | undefined {
    return this.#values.get(name)?.value as number | undefined;
  }

  text(name: string): string | undefined {
    return this.#values.get(name)?.value as string | undefined;
  }

  isOn(name: string): boolean {
    return this.#values.get(name)?.value === true;
  }

  list(name: string): readonly string[] {
    return (this.#values.get(name)?.value as readonly string[] | undefined) ?? [];
  }

  pattern(name: string): RegExp | undefined {
    return this.#values.get(name)?.value as RegExp | undefined;
  }

  delay(name: string): Delay | undefined {
    return this.#values.get(name)?.value as Delay | undefined;
  }

  #resolve(flag: FlagSpec, sources: SettingSources): void {
    const typed = sources.typed.get(flag.name);
    if (typed !== undefined) {
      this.#values.set(flag.name, { value: typed, origin: `--${flag.name}`, isDefault: false });
      return;
    }
    const said = flag.isCommandLineOnly ? undefined : (fromEnvironment(flag, sources) ?? fromFile(flag, sources));
    const text = said?.text ?? flag.default;
    if (text === undefined) return;
    const parsed = parseValue(flag, text);
    if ("value" in parsed) {
      this.#values.set(flag.name, { value: parsed.value, origin: said?.place ?? "default", isDefault: !said });
    } else {
      this.problems.push(`${said?.place ?? flag.name}: "${text}" ${parsed.problem}`);
    }
  }

  #applyVariable(variable: string, target: Target, text: string | undefined): void {
    if (text === undefined || text === "") return;
    const isOn = ["true", "1", "yes", "on"].includes(text.toLowerCase());
    if ("output" in target && isOn) this.#switchOn(target.output, variable);
    if ("plugin" in target) this.#setOfPlugin(target.plugin, target.setting, text, variable);
  }

  #switchOn(output: string, origin: string): void {
    this.outputs.add(output);
    this.origins.set(`output.${output}`, origin);
  }

  #setOfPlugin(plugin: string, setting: string, value: string, origin: string): void {
    this.origins.set(`plugins.${plugin}.${setting}`, origin);
    this.plugins.set(plugin, (this.plugins.get(plugin) ?? new Map<string, unknown>()).set(setting, value));
  }
}

/** What stands in the section of the mode and is no flag. Settings of a plugin are for the plugin to judge. */
function unknownKeys({ file, mode, flags }: SettingSources): string[] {
  const isOfCore = mode !== undefined && !findMode(mode)?.scheduler;
  const known = flags.flatMap((flag) => [flag.name, fileKeyOf(flag)]);
  const own = isOfCore ? [...(file?.modes.get(mode) ?? [])] : [];
  return own
    .filter(([key]) => !known.includes(key))
    .map(([key]) => unknownKey(file!.path, `[${mode}] ${key}`, key, known));
}

interface Said {
  text: string;
  place: string;
}

function fromEnvironment(flag: FlagSpec, { env, mode }: SettingSources): Said | undefined {
  const own = env[variableOf(flag)];
  if (own !== undefined && own !== "") return { text: own, place: variableOf(flag) };
  for (const [variable, target] of Object.entries(VARIABLES)) {
    const text = env[variable];
    if (!("flag" in target) || target.flag !== flag.name || text === undefined || text === "") continue;
    if ("mode" in target && target.mode !== mode) continue;
    return { text: "toText" in target && target.toText ? target.toText(text) : text, place: variable };
  }
  return undefined;
}

function fromFile(flag: FlagSpec, { file, mode }: SettingSources): Said | undefined {
  const ofMode = mode === undefined ? undefined : file?.modes.get(mode);
  const own = ofMode?.get(fileKeyOf(flag)) ?? ofMode?.get(flag.name);
  const text = own && textOf(own.value);
  if (own && text !== undefined) return { text, place: own.place };
  return file?.flags.get(flag.name);
}
