import { type Clock, errorMessage, type JsonValue, neutraliseLine, runWithin } from "@berth/base";
import { type CallContext, HostError } from "@berth/contract";
import { ManagedInstance, type ManagedPlugin } from "@berth/kernel/lifecycle";

/** What {@link ConfigSections} needs. */
export interface ConfigSectionsOptions {
  /** Values of the sections by name, as the manifests' schemas found them right. */
  sections: Readonly<Record<string, JsonValue>>;
  /** The plugin that adds a section. @throws HostError when there is none. */
  provider(id: `config/${string}`): ManagedPlugin;
  clock: Clock;
}

/** What is wrong with a section, by the word of the plugin that adds it. */
export interface SectionFault {
  section: string;
  plugin: string;
  error: HostError;
}

/** A check of a few values takes milliseconds. */
const CHECK_LIMIT_MS = 10_000;
const MOST_SENTENCES = 100;
const LONGEST_SENTENCE = 500;

/**
 * The sections of `berth.yaml` that plugins add. Each is an instance of its contribution, with the section as its configuration: the
 * plugin's code checks what a schema cannot say, in the plugin's own tier, and has the section at hand while the host runs.
 */
export class ConfigSections implements AsyncDisposable {
  readonly #options: ConfigSectionsOptions;
  readonly #owned = new AsyncDisposableStack();

  constructor(options: ConfigSectionsOptions) {
    this.#options = options;
  }

  /** Opens and checks all. @returns what was found wrong, each section alone. */
  async open(signal: AbortSignal): Promise<SectionFault[]> {
    const faults: SectionFault[] = [];
    for (const [section, value] of Object.entries(this.#options.sections)) {
      let plugin = "";
      try {
        const provider = this.#options.provider(`config/${section}`);
        plugin = provider.name;
        await this.#openOne(provider, section, value, signal);
      } catch (error) {
        signal.throwIfAborted();
        faults.push({ section, plugin, error: asInvalid(section, plugin, error) });
      }
    }
    return faults;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#owned.disposeAsync();
  }

  async #openOne(plugin: ManagedPlugin, section: string, value: JsonValue, signal: AbortSignal): Promise<void> {
    const { clock } = this.#options;
    const contribution = `config/${section}` as const;
    const described = (await plugin.describe(signal)).find(({ id }) => id === contribution);
    // One that declares no configuration in its code would refuse any; it is told of the section by its check.
    const config = described?.configSchema === undefined ? {} : value;
    const instance = new ManagedInstance({ plugin, contribution, instanceId: `section-${section}`, config });
    this.#owned.use(instance);
    await instance.open(signal);
    if (!instance.has("check")) return;
    const onTimeout = (): Error =>
      new HostError("CALL_DEADLINE_EXCEEDED", `the check took longer than ${CHECK_LIMIT_MS / 1_000} s`);
    const answer = await runWithin({ clock, limitMs: CHECK_LIMIT_MS, signal, onTimeout }, (within) =>
      instance.method("check")([value], aCheck(clock, within)),
    );
    const sentences = sentencesOf(answer);
    if (sentences.length > 0) throw new HostError("CONFIG_INVALID", sentences.join("; "), { details: { sentences } });
  }
}

const aCheck = (clock: Clock, signal: AbortSignal): CallContext => ({
  signal,
  deadline: clock.now() + CHECK_LIMIT_MS,
  attempt: 1,
  caller: "host",
  permissions: [],
  correlationId: crypto.randomUUID(),
});

function sentencesOf(answer: unknown): string[] {
  if (!Array.isArray(answer)) throw new HostError("CONTRACT_BROKEN", "its check answered no list of sentences");
  return answer.slice(0, MOST_SENTENCES).map((sentence) => neutraliseLine(String(sentence), LONGEST_SENTENCE));
}

function asInvalid(section: string, plugin: string, error: unknown): HostError {
  const message = `Cannot use the section \`${section}\` of plugin "${plugin}": ${errorMessage(error)}`;
  const details = error instanceof HostError ? error.details : undefined;
  return new HostError("CONFIG_INVALID", message, { cause: error, ...(details === undefined ? {} : { details }) });
}
