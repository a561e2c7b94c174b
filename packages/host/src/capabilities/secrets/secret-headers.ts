import type { FetchResponse } from "@berth/contract";
import type { Destination } from "@berth/kernel/permissions";
import { Masker } from "../../log/index.ts";
import { failed } from "../capability-errors.ts";
import type { CapabilityScope } from "../capability-scope.ts";
import type { HeaderList } from "../fetch/header-list.ts";
import { placeOf } from "../network/wording.ts";
import { handlesIn, type SecretHandles } from "./secret-handles.ts";
import type { SecretReader } from "./secret-reader.ts";
import type { SecretRules } from "./secret-rules.ts";

/** What {@link SecretHeaders} needs. */
export interface SecretHeadersOptions {
  scope: CapabilityScope;
  rules: SecretRules;
  handles: SecretHandles;
  reader: SecretReader;
}

/** Headers with the secrets in their places, and what takes those out of the answer again. */
export interface FilledHeaders {
  headers: HeaderList;
  hide(answer: FetchResponse): FetchResponse;
}

/** As for all headers: Latin-1 without controls. */
const HEADER_VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;

/** Puts secrets into the headers of requests in place of their handles, each only for the hosts it was granted for. */
export class SecretHeaders {
  readonly #options: SecretHeadersOptions;

  constructor(options: SecretHeadersOptions) {
    this.#options = options;
  }

  async insert(
    headers: HeaderList,
    destination: Destination,
    protocol: string,
    signal: AbortSignal,
  ): Promise<FilledHeaders> {
    const values = new Map<string, string>();
    for (const handle of new Set(headers.flatMap(([, value]) => handlesIn(value)))) {
      const name = this.#options.handles.nameOf(handle);
      if (name !== undefined) values.set(handle, await this.#valueFor(name, destination, protocol, signal));
    }
    if (values.size === 0) return { headers, hide: (answer) => answer };
    const filled = headers.map(([name, value]): [string, string] => [name, replaceAll(value, values)]);
    return { headers: filled, hide: (answer) => without([...values.values()], answer) };
  }

  async #valueFor(name: string, destination: Destination, protocol: string, signal: AbortSignal): Promise<string> {
    const { scope, rules, reader } = this.#options;
    const host = placeOf(destination);
    const use = { kind: "secret", name, as: "handle", host } as const;
    const entry = rules.sendable(name, destination);
    if (entry === undefined) {
      throw scope.deny("secrets", use, `Cannot send secret ${name} to ${host}: it was not granted for that host`);
    }
    if (protocol !== "https:" && destination.reach === "public") {
      throw scope.deny("secrets", use, `Cannot send secret ${name} to ${host}: it would go unencrypted; use https`);
    }
    const value = await reader.read(name, signal);
    if (!HEADER_VALUE.test(value)) {
      throw failed(`Cannot send secret ${name}: it holds a line break or a character that no header can`);
    }
    scope.used("secrets", use, entry);
    return value;
  }
}

function replaceAll(text: string, values: ReadonlyMap<string, string>): string {
  return handlesIn(text).reduce(
    (filled, handle) => filled.replaceAll(handle, () => values.get(handle) ?? handle),
    text,
  );
}

/** A server that says back what it was sent would show the plugin what it must not see. */
function without(values: readonly string[], answer: FetchResponse): FetchResponse {
  const masker = new Masker();
  for (const value of values) {
    masker.register(value);
    // What is UTF-8 there is looked at here as the Latin-1 that headers are.
    masker.register(Buffer.from(value).toString("latin1"));
  }
  const mask = (text: string): string => masker.mask(text);
  const body = Buffer.from(answer.body.buffer, answer.body.byteOffset, answer.body.length).toString("latin1");
  const shown = mask(body);
  return {
    ...answer,
    statusText: mask(answer.statusText),
    headers: answer.headers.map(([name, value]) => [mask(name), mask(value)]),
    body: shown === body ? answer.body : Buffer.from(shown, "latin1"),
  };
}
