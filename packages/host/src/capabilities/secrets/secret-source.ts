import { readFile, stat } from "node:fs/promises";
import { failed, overLimit, reasonOf } from "../capability-errors.ts";

/** Where secrets come from. */
export interface SecretSource {
  /** `undefined` when there is none of this name. */
  get(name: string, signal: AbortSignal): Promise<string | undefined>;
  /** How an operator sets one, for messages: `set the environment variable KEY, or KEY_FILE`. */
  howToSet(name: string): string;
}

const MOST_BYTES = 65_536;

/**
 * Secrets from the environment: the variable of that name, or the content of the file that `NAME_FILE` names (as container
 * platforms mount them), without its last line break.
 */
export function environmentSecrets(environment: Readonly<Record<string, string | undefined>>): SecretSource {
  const variable = (name: string): string | undefined => {
    const value = Object.hasOwn(environment, name) ? environment[name] : undefined;
    return value === "" ? undefined : value;
  };
  return {
    async get(name, signal) {
      const file = variable(`${name}_FILE`);
      return variable(name) ?? (file === undefined ? undefined : await secretFile(name, file, signal));
    },
    howToSet: (name) => `set the environment variable ${name}, or ${name}_FILE to a file that holds it`,
  };
}

async function secretFile(name: string, path: string, signal: AbortSignal): Promise<string> {
  try {
    const { size } = await stat(path);
    if (size > MOST_BYTES) throw overLimit(`Cannot read secret ${name}: its file is larger than ${MOST_BYTES} bytes`);
    return (await readFile(path, { encoding: "utf8", signal })).replace(/\r?\n$/, "");
  } catch (error) {
    // The path is the operator's business, and the log's; the plugin learns only that it failed.
    throw failed(`Cannot read secret ${name} from its file: ${reasonOf(error)}`);
  }
}
