import { errorMessage } from "@berth/base";
import { capModule, readResources } from "./core-module.ts";
import type { ComponentFile } from "./definitions.ts";
import { type CoreMemory, type CoreModule, ENGINE } from "./engine.ts";
import { type CompiledModule, Evaluator, type HostImports } from "./evaluate.ts";
import type { ComponentFunction } from "./functions.ts";
import { malformed } from "./malformed.ts";
import { type Item, Scope } from "./scope.ts";
import { shareMemory } from "./share-memory.ts";

/** A component that runs: what it exports, by name. */
export class LinkedComponent {
  /** Whether it imports functions of the host that may wait: its own are then called on a stack that can be suspended. */
  readonly mayWait: boolean;
  readonly #exports: ReadonlyMap<string, Item>;
  readonly #memories: ReadonlySet<CoreMemory>;

  constructor(exports: ReadonlyMap<string, Item>, { mayWait, memories }: Pick<Evaluator, "mayWait" | "memories">) {
    this.#exports = exports;
    this.mayWait = mayWait;
    this.#memories = memories;
  }

  /** What its memories take now, MiB. They never shrink. */
  get memoryMb(): number {
    let bytes = 0;
    for (const { buffer } of this.#memories) bytes += buffer.byteLength;
    return bytes / 2 ** 20;
  }

  get names(): readonly string[] {
    return [...this.#exports.keys()];
  }

  /** The functions of an exported interface; `undefined` when it exports none of that name. */
  functionsOf(name: string): ReadonlyMap<string, ComponentFunction> | undefined {
    const item = this.#exports.get(name);
    if (item?.sort !== "instance") return undefined;
    return new Map([...item.value].flatMap(([key, one]) => (one.sort === "func" ? [[key, one.value]] : [])));
  }
}

/** Compiles the core modules of `file`, none of whose memories can grow past `memoryMb` in all. */
export async function compileComponent({ modules }: ComponentFile, memoryMb: number): Promise<CompiledModule[]> {
  const resources = modules.map(readResources);
  const caps = shareMemory(resources, memoryMb);
  return await Promise.all(
    modules.map(async (bytes, index) => {
      const { memories, tables } = resources[index]!;
      const makesRoom = memories.length > 0 || tables.length > 0;
      const capped = makesRoom ? capModule(bytes, caps[index]!) : (bytes as Uint8Array<ArrayBuffer>);
      return { module: await compile(capped), makesRoom };
    }),
  );
}

async function compile(bytes: Uint8Array<ArrayBuffer>): Promise<CoreModule> {
  try {
    return await ENGINE.compile(bytes);
  } catch (error) {
    throw malformed(errorMessage(error));
  }
}

/** Instantiates it, with nothing but what `host` has. Code of the component runs. */
export function linkComponent(
  { component }: ComponentFile,
  modules: readonly CompiledModule[],
  host: HostImports,
): LinkedComponent {
  const evaluator = new Evaluator(modules, host);
  const exports = evaluator.instantiate({ component, scope: new Scope() });
  return new LinkedComponent(exports, evaluator);
}
