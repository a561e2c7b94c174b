import type { CoreValue } from "./codec.ts";

/**
 * WebAssembly as this folder uses it: TypeScript describes it only together with all of a browser, and not yet what suspends a
 * component for a promise.
 */
export interface Engine {
  compile(bytes: Uint8Array<ArrayBuffer>): Promise<CoreModule>;
  Module: {
    imports(module: CoreModule): { module: string; name: string; kind: string }[];
  };
  Instance: new (module: CoreModule, imports: object) => { exports: Readonly<Record<string, unknown>> };
  Memory: new (descriptor: { initial: number; maximum: number }) => CoreMemory;
  Table: Kind;
  Global: Kind;
  Tag: Kind;
  LinkError: Kind;
  /** Makes an import of a function whose promise the component waits for. Absent before Node.js 26. */
  Suspending?: new (work: (...values: CoreValue[]) => Promise<CoreValue | undefined>) => object;
  /** Makes a function of an export, which is called on a stack that can be suspended. */
  promising?: (core: CoreFunction) => (...values: CoreValue[]) => Promise<CoreValue | undefined>;
}

/** A compiled module; opaque, and can be sent to other threads. */
export type CoreModule = object & { readonly __isCoreModule?: never };

/** A memory; its buffer is another one whenever it grew. */
export interface CoreMemory {
  readonly buffer: ArrayBuffer;
}

/** A function of a core module, or one for it. */
export type CoreFunction = (...values: CoreValue[]) => CoreValue | undefined;

type Kind = abstract new (...args: never[]) => object;

export const ENGINE = (globalThis as unknown as { WebAssembly: Engine }).WebAssembly;
