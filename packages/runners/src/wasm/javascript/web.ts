import { OwnAbortController, OwnAbortSignal } from "./abort.ts";
import { createConsole, type WriteLine } from "./console.ts";
import { OwnEvent, OwnEventTarget } from "./events.ts";
import { OwnHeaders } from "./fetch/headers.ts";
import { OwnRequest } from "./fetch/request.ts";
import { OwnResponse } from "./fetch/response.ts";
import { Jobs } from "./jobs.ts";
import { createCrypto, createRandom } from "./own-crypto.ts";
import { createDate } from "./own-date.ts";
import { createPromise, type OwnPromises } from "./promise.ts";
import { structuredCopy } from "./structured-clone.ts";
import { createTextCodec, type NativeText } from "./text-codec.ts";
import { Timers } from "./timers.ts";
import { OwnURL } from "./url/own-url.ts";
import { OwnURLSearchParams } from "./url/url-search-params.ts";

/** What is outside the component. While a plugin is built there is nothing. */
export interface Outside {
  now(): number;
  monotonicMs(): number;
  randomBytes(length: number): Uint8Array;
  wakeAfter(ms: number): void;
  text: NativeText;
  write: WriteLine;
}

/** Where plugins look for what the language has not: what was installed, and what runs it. */
export interface Web {
  jobs: Jobs;
  promises: OwnPromises;
  timers: Timers;
}

/**
 * Gives the engine inside a component what plugins take for granted everywhere else. `outside` is nothing while the plugin is built,
 * when its modules run for the first and only time.
 */
export function installWeb(outside: () => Outside | undefined): Web {
  const nativeDate = Date;
  const startedMs = nativeDate.now();
  const now = (): number => outside()?.now() ?? nativeDate.now();
  const monotonicMs = (): number => outside()?.monotonicMs() ?? nativeDate.now() - startedMs;
  const randomBytes = (length: number): Uint8Array => {
    const host = outside();
    if (host) return host.randomBytes(length);
    throw new TypeError("Random numbers are not there while the plugin is built; ask for them in initialize or later");
  };
  const jobs = new Jobs();
  const promises = createPromise(jobs);
  const timers = new Timers(monotonicMs, (ms) => outside()?.wakeAfter(ms));
  const nativeRandom = Math.random;
  const random = createRandom(randomBytes);
  Math.random = () => (outside() ? random() : nativeRandom());
  define({
    Promise: promises.Promise,
    // What the build has every async function run by.
    __runAsync: promises.runAsync,
    queueMicrotask: (job: () => void) => jobs.add(job, undefined, undefined),
    Date: createDate(nativeDate, () => Math.floor(now())),
    performance: { now: monotonicMs, timeOrigin: 0 },
    ...timerFunctions(timers),
    ...createTextCodec(() => outside()?.text),
    console: createConsole((level, text) => outside()?.write(level, text)),
    crypto: createCrypto(randomBytes),
    structuredClone: structuredCopy,
    Event: OwnEvent,
    EventTarget: OwnEventTarget,
    AbortController: OwnAbortController,
    AbortSignal: OwnAbortSignal,
    URL: OwnURL,
    URLSearchParams: OwnURLSearchParams,
    Headers: OwnHeaders,
    Request: OwnRequest,
    Response: OwnResponse,
  });
  installFromAsync();
  return { jobs, promises, timers };
}

function timerFunctions(timers: Timers): Record<string, unknown> {
  const set =
    (isAgain: boolean) =>
    (work: (...args: unknown[]) => void, ms: unknown = 0, ...args: unknown[]): number =>
      timers.set(() => work(...args), Number(ms), isAgain);
  const clear = (id: unknown): void => timers.clear(id);
  return {
    setTimeout: set(false),
    setInterval: set(true),
    setImmediate: (work: (...args: unknown[]) => void, ...args: unknown[]) => set(false)(work, 0, ...args),
    clearTimeout: clear,
    clearInterval: clear,
    clearImmediate: clear,
  };
}

function define(values: Readonly<Record<string, unknown>>): void {
  for (const [name, value] of Object.entries(values)) {
    Object.defineProperty(globalThis, name, { value, writable: true, configurable: true, enumerable: false });
  }
}

/** The engine's own would wait for promises of its own kind. */
function installFromAsync(): void {
  Array.fromAsync = async function fromAsync(
    items: AsyncIterable<unknown> | Iterable<unknown> | ArrayLike<unknown>,
    map: (item: unknown, index: number) => unknown = (item) => item,
  ): Promise<unknown[]> {
    const list: unknown[] = [];
    const all = Symbol.asyncIterator in items || Symbol.iterator in items ? items : Array.from(items);
    for await (const item of all) list.push(await map(item, list.length));
    return list;
  } as typeof Array.fromAsync;
}
