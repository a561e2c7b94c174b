import { readFile, stat } from "node:fs/promises";
import { resolve } from "node:path";
import { parseEnv } from "node:util";
import { HostError } from "@berth/contract";
import type { Environment } from "@berth/kernel/config";

const LARGEST_DOTENV = 1024 * 1024;

/** What `.env.example` files ship with; such a value was never filled in. */
const PLACEHOLDER = /^your[ _-]|^<.*>$|^changeme$/i;

/**
 * The settings of an installation from before `sources.yaml`: environment variables, and a `.env` file below them. A variable
 * that is empty, or that still holds the example's placeholder, counts as not set.
 */
export class OldSettings {
  readonly #environment: Environment;
  readonly #dotenv: Environment;

  constructor(environment: Environment, dotenv: Environment = {}) {
    this.#environment = environment;
    this.#dotenv = dotenv;
  }

  /** The value of a variable, the environment's before the file's. */
  get(name: string): string | undefined {
    return filled(this.#environment, name) ?? filled(this.#dotenv, name);
  }

  has(name: string): boolean {
    return this.get(name) !== undefined;
  }

  /** The first of `names` that is set: one setting may have had several names. */
  firstOf(...names: string[]): string | undefined {
    return names.find((name) => this.has(name));
  }

  /** A whole number, `undefined` when it is none. */
  int(name: string): number | undefined {
    const text = this.get(name);
    return text !== undefined && /^-?\d{1,15}$/.test(text) ? Number(text) : undefined;
  }

  isTrue(name: string): boolean {
    return /^(?:true|1|yes|on)$/i.test(this.get(name) ?? "");
  }

  /** Whether only the file has it: a run without the file then lacks it. */
  isOnlyInFile(name: string): boolean {
    return filled(this.#environment, name) === undefined && filled(this.#dotenv, name) !== undefined;
  }
}

function filled(environment: Environment, name: string): string | undefined {
  const value = Object.hasOwn(environment, name) ? environment[name]?.trim() : undefined;
  return value === undefined || value === "" || PLACEHOLDER.test(value) ? undefined : value;
}

const USUAL_NAME = ".env";

/**
 * Reads a file of variables. The usual one, `.env` of `cwd`, need not be there: the settings may all be in the environment.
 *
 * @throws `CONFIG_NOT_FOUND` when another path was given and is not there, `CONFIG_INVALID` when the file is too large.
 */
export async function readDotenv(path: string = USUAL_NAME, cwd: string = process.cwd()): Promise<Environment> {
  const file = resolve(cwd, path);
  try {
    const { size } = await stat(file);
    if (size > LARGEST_DOTENV) {
      throw new HostError("CONFIG_INVALID", `Cannot read ${path}: it is larger than 1 MiB`);
    }
    return parseEnv(await readFile(file, "utf8"));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    if (path === USUAL_NAME) return {};
    throw new HostError("CONFIG_NOT_FOUND", `Cannot read ${path}: there is no such file`, { cause: error });
  }
}
