import { hash } from "node:crypto";
import type { Finding } from "./finding.ts";
import { moduleFacts, type ModuleFacts } from "./module-facts.ts";
import { type ParsedModule, parseModule } from "./parse-module.ts";
import { scanModule } from "./scan-module.ts";
import { stripTypes } from "./strip-types.ts";
import { type UndefinedName, undefinedNames } from "./undefined-names.ts";

/** A plugin has some dozens; of more, the rest is worked out each time. */
const MOST_KEPT = 2_000;
/** A tree is large: those of so many characters are kept until a check is over. */
const MOST_PARSED = 262_144;

const TYPESCRIPT = /ts$/;

interface KnownModule {
  facts?: ModuleFacts;
  findings?: readonly Finding[];
  names?: readonly UndefinedName[];
  /** Nothing where it cannot be run so. */
  runnable?: { text: string | undefined };
}

/**
 * What follows from a module's path and text alone, worked out once: a save changes one module of many, and what it was before was
 * looked at when it was saved. Known by digest, so that whoever asks has read the very text. What the last check did not ask for is forgotten.
 */
export class KnownModules {
  #former: ReadonlyMap<string, KnownModule> = new Map();
  #asked = new Map<string, KnownModule>();
  readonly #parseText: (file: string, source: string) => ParsedModule;
  readonly #parsed = new Map<string, ParsedModule>();
  #parsedCharacters = 0;

  constructor(parse: (file: string, source: string) => ParsedModule = parseModule) {
    this.#parseText = parse;
  }

  facts(file: string, text: string): ModuleFacts {
    const key = keyOf(file, text);
    return (this.#of(key).facts ??= moduleFacts(file, text, this.#parse(key, file, text)));
  }

  findings(file: string, text: string): readonly Finding[] {
    const key = keyOf(file, text);
    return (this.#of(key).findings ??= scanModule(file, text, this.#parse(key, file, text)));
  }

  names(file: string, text: string): readonly UndefinedName[] {
    const key = keyOf(file, text);
    return (this.#of(key).names ??= undefinedNames(file, text, this.#parse(key, file, text)));
  }

  /** As Node.js runs it, without types; nothing for what is no ES module, or is left to Node.js. */
  runnable(file: string, text: string): string | undefined {
    const key = keyOf(file, text);
    return (this.#of(key).runnable ??= { text: this.#runnable(key, file, text) }).text;
  }

  /** A check is over. */
  rest(): void {
    this.#parsed.clear();
    this.#parsedCharacters = 0;
    this.#former = this.#asked;
    this.#asked = new Map();
  }

  #runnable(key: string, file: string, text: string): string | undefined {
    if (this.facts(file, text).kind !== "module") return undefined;
    return TYPESCRIPT.test(file) ? stripTypes(text, this.#parse(key, file, text)) : text;
  }

  #of(key: string): KnownModule {
    const known = this.#asked.get(key) ?? this.#former.get(key) ?? {};
    if (this.#asked.size < MOST_KEPT) this.#asked.set(key, known);
    return known;
  }

  #parse(key: string, file: string, text: string): ParsedModule {
    const known = this.#parsed.get(key);
    if (known) return known;
    const parsed = this.#parseText(file, text);
    if (this.#parsedCharacters + text.length <= MOST_PARSED) {
      this.#parsed.set(key, parsed);
      this.#parsedCharacters += text.length;
    }
    return parsed;
  }
}

function keyOf(file: string, text: string): string {
  return hash("sha256", `${file}\0${text}`, "base64");
}
