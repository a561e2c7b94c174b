import { HostError } from "@berth/contract";
import { errorMessage } from "@berth/base";
import { type CoreFunction, type CoreMemory, type CoreModule, ENGINE } from "./engine.ts";
import { type ComponentFunction, type Gate, liftFunction, lowerFunction } from "./functions.ts";
import { Codecs } from "./codec-of.ts";
import type {
  AliasDefinition,
  CanonDefinition,
  CanonOptions,
  Component,
  CoreSort,
  Definition,
  NamedReference,
} from "./definitions.ts";
import { HandleTable } from "./handle-table.ts";
import { malformed, unsupported } from "./malformed.ts";
import { Place, type Realloc } from "./place.ts";
import { resourceOf, TypeResolver } from "./resolve-types.ts";
import { type Item, Scope } from "./scope.ts";
import { trap } from "./trap.ts";
import type { FunctionType, ResourceType } from "./types.ts";

/** A core module, ready to be instantiated. */
export interface CompiledModule {
  module: CoreModule;
  /** Whether it makes a memory or table, whose size was measured out for one of its kind. */
  makesRoom: boolean;
}

/** A component and the scope it stands in. */
export interface ComponentClosure {
  component: Component;
  scope: Scope;
}

/** What the host has for a component: each throws a HostError for what it has not. */
export interface HostImports {
  /** The interface of that name, such as `berth:plugin/log@1.0.0`. */
  open(name: string): HostInterface;
}

/** One interface that a component imports. */
export interface HostInterface {
  func(name: string, type: FunctionType): ComponentFunction;
  resource(name: string): ResourceType;
}

/** Definitions evaluated for one file: components that instantiate one another twice would go on for ever. */
const MOST_STEPS = 1_000_000;

/** Makes instances of a component, and of those within it: evaluates definition by definition. */
export class Evaluator {
  /** Whether a function of the host was imported that may wait. */
  mayWait = false;
  /** Those that can be seen from outside their module, as those of every program can. */
  readonly memories = new Set<CoreMemory>();
  readonly #modules: readonly CompiledModule[];
  readonly #host: HostImports;
  readonly #types = new TypeResolver();
  readonly #codecs = new Codecs();
  readonly #used = new Set<number>();
  #steps = 0;

  constructor(modules: readonly CompiledModule[], host: HostImports) {
    this.#modules = modules;
    this.#host = host;
  }

  /** @returns the exports; the outermost component has no `args`, the host's imports in their place. */
  instantiate({ component, scope: outer }: ComponentClosure, args?: ReadonlyMap<string, Item>): Map<string, Item> {
    const instance = new ComponentInstance(outer);
    for (const definition of component.definitions) {
      if (++this.#steps > MOST_STEPS) throw malformed(`more than ${MOST_STEPS} definitions`);
      this.#evaluate(definition, instance, args);
    }
    return instance.exports;
  }

  #evaluate(definition: Definition, instance: ComponentInstance, args: ReadonlyMap<string, Item> | undefined): void {
    const { scope } = instance;
    switch (definition.is) {
      case "core module":
        return scope.add("core module", definition.module);
      case "core instance":
        return scope.add("core instance", this.#coreInstance(definition.of, scope));
      case "component":
        return scope.add("component", { component: definition.component, scope });
      case "instance":
        return scope.add("instance", this.#instance(definition.of, scope));
      case "alias":
        return addItem(scope, aliased(definition.alias, scope));
      case "type":
        return scope.add(
          "type",
          this.#types.resolve(definition.type, scope, (destructor) => instance.makeResource(destructor)),
        );
      case "canon":
        return addItem(scope, this.#canon(definition.canon, instance));
      case "import":
        return addItem(scope, args ? argument(args, definition) : this.#import(definition, scope));
      case "export": {
        const item = scope.item(definition.item.sort, definition.item.index);
        instance.exports.set(definition.name, item);
        return addItem(scope, item);
      }
      case "export declaration":
        throw malformed("a declaration outside a type");
    }
  }

  #coreInstance(of: Extract<Definition, { is: "core instance" }>["of"], scope: Scope): ReadonlyMap<string, unknown> {
    if ("exports" in of) return new Map(of.exports.map(({ name, item }) => [name, scope.get(item.sort, item.index)]));
    const index = scope.get("core module", of.module);
    const { module, makesRoom } = this.#modules[index]!;
    if (makesRoom && this.#used.has(index)) throw unsupported("two instances of a core module with a memory or table");
    this.#used.add(index);
    const args = new Map(of.args.map(({ name, instance }) => [name, scope.get("core instance", instance)]));
    const imports = Object.create(null) as Record<string, Record<string, unknown>>;
    for (const wanted of ENGINE.Module.imports(module)) {
      const given = args.get(wanted.module)?.get(wanted.name);
      if (given === undefined)
        throw malformed(`a core module wants ${wanted.module} ${wanted.name}, which nothing gives`);
      imports[wanted.module] ??= Object.create(null) as Record<string, unknown>;
      imports[wanted.module]![wanted.name] = given;
    }
    const exports = new Map(Object.entries(start(module, imports).exports));
    for (const value of exports.values()) if (value instanceof ENGINE.Memory) this.memories.add(value);
    return exports;
  }

  #instance(of: Extract<Definition, { is: "instance" }>["of"], scope: Scope): ReadonlyMap<string, Item> {
    const itemsOf = (list: readonly NamedReference[]): Map<string, Item> =>
      new Map(list.map(({ name, item }) => [name, scope.item(item.sort, item.index)]));
    if ("exports" in of) return itemsOf(of.exports);
    return this.instantiate(scope.get("component", of.component), itemsOf(of.args));
  }

  #canon(canon: CanonDefinition, instance: ComponentInstance): Item {
    if (canon.op === "lift") return { sort: "func", value: this.#lift(canon, instance) };
    return { sort: "core func", value: this.#coreFunc(canon, instance) };
  }

  #lift(
    { coreFunc, type, options }: Extract<CanonDefinition, { op: "lift" }>,
    instance: ComponentInstance,
  ): ComponentFunction {
    const { scope, gate } = instance;
    const { postReturn } = options;
    return liftFunction({
      type: functionType(scope, type),
      core: coreFunction(scope, coreFunc),
      place: placeOf(options, instance),
      codecs: this.#codecs,
      gate,
      postReturn: postReturn === undefined ? undefined : coreFunction(scope, postReturn),
    });
  }

  #coreFunc(canon: Exclude<CanonDefinition, { op: "lift" }>, instance: ComponentInstance): unknown {
    const { scope, handles, gate } = instance;
    switch (canon.op) {
      case "lower": {
        const callee = scope.get("func", canon.func);
        return lowerFunction({ callee, place: placeOf(canon.options, instance), codecs: this.#codecs, gate });
      }
      case "context.get":
        return () => instance.context.get(canon.slot) ?? 0;
      case "context.set":
        return (value: number) => void instance.context.set(canon.slot, value);
      case "resource.new": {
        const resource = resourceOf(scope.get("type", canon.type));
        return (representation: number) => handles.add(resource, representation, true);
      }
      case "resource.rep": {
        const resource = resourceOf(scope.get("type", canon.type));
        return (handle: number) => handles.get(handle, resource);
      }
      case "resource.drop": {
        const resource = resourceOf(scope.get("type", canon.type));
        return (handle: number) => handles.drop(handle, resource);
      }
      default:
        return canon satisfies never;
    }
  }

  #import({ name, what }: Extract<Definition, { is: "import" }>, scope: Scope): Item {
    if (what.sort !== "instance") {
      throw new HostError(
        "PLUGIN_INCOMPATIBLE",
        `Cannot load the component: it imports the ${what.sort} "${name}"; a plugin imports interfaces of berth:plugin`,
      );
    }
    const type = scope.get("type", what.type);
    if (type.is !== "instance") throw malformed("an instance whose type is none of an instance");
    return { sort: "instance", value: this.#declared(type.declarations, type.scope, this.#host.open(name)) };
  }

  /** An instance of the host's, as the component declares it. */
  #declared(declarations: readonly Definition[], outer: Scope, host: HostInterface): Map<string, Item> {
    const scope = new Scope(outer);
    const exports = new Map<string, Item>();
    for (const declaration of declarations) {
      if (declaration.is === "alias") addItem(scope, aliased(declaration.alias, scope));
      else if (declaration.is === "type") {
        const noResource = (): never => {
          throw malformed("a type of an instance makes a resource");
        };
        scope.add("type", this.#types.resolve(declaration.type, scope, noResource));
      } else if (declaration.is === "export declaration") {
        const item = this.#declaredItem(declaration, scope, host);
        addItem(scope, item);
        exports.set(declaration.name, item);
      }
    }
    return exports;
  }

  #declaredItem(
    { name, what }: Extract<Definition, { is: "export declaration" }>,
    scope: Scope,
    host: HostInterface,
  ): Item {
    if (what.sort === "type") {
      if (what.equals !== undefined) return scope.item("type", what.equals);
      return { sort: "type", value: { is: "resource", resource: host.resource(name) } };
    }
    if (what.sort !== "func") throw unsupported(`${what.sort}s inside an imported interface`);
    const func = host.func(name, functionType(scope, what.type));
    this.mayWait ||= func.mayWait;
    return { sort: "func", value: func };
  }
}

/** What one instance of a component has for itself. */
class ComponentInstance {
  readonly scope: Scope;
  readonly exports = new Map<string, Item>();
  readonly handles = new HandleTable();
  readonly gate: Gate = { mayLeave: true };
  readonly context = new Map<number, number>();

  constructor(outer: Scope) {
    this.scope = new Scope(outer);
  }

  makeResource(destructor: number | undefined): ResourceType {
    const drop = destructor === undefined ? undefined : coreFunction(this.scope, destructor);
    return {
      name: "resource of its own",
      maker: this.handles,
      drop: (representation) => void drop?.(representation as number),
    };
  }
}

const CORE_KINDS: Record<CoreSort, string> = {
  "core func": "function",
  "core table": "table",
  "core memory": "memory",
  "core global": "global",
  "core tag": "tag",
};

function aliased(alias: AliasDefinition, scope: Scope): Item {
  if (alias.of === "outer") return scope.outer(alias.depth).item(alias.sort, alias.index);
  if (alias.of === "export") {
    const item = scope.get("instance", alias.instance).get(alias.name);
    if (item?.sort !== alias.sort) throw malformed(`an instance has no ${alias.sort} "${alias.name}"`);
    return item;
  }
  const value = scope.get("core instance", alias.instance).get(alias.name);
  if (kindOf(value) !== CORE_KINDS[alias.sort]) throw malformed(`a core instance has no ${alias.sort} "${alias.name}"`);
  return { sort: alias.sort, value };
}

function kindOf(value: unknown): string {
  if (value instanceof ENGINE.Memory) return "memory";
  if (value instanceof ENGINE.Table) return "table";
  if (value instanceof ENGINE.Global) return "global";
  if (value instanceof ENGINE.Tag) return "tag";
  // Of the host's functions some are objects that only the engine calls.
  return value === undefined ? "nothing" : "function";
}

function argument(args: ReadonlyMap<string, Item>, { name, what }: Extract<Definition, { is: "import" }>): Item {
  const item = args.get(name);
  if (item?.sort !== what.sort) throw malformed(`a component inside it wants the ${what.sort} "${name}"`);
  return item;
}

function addItem(scope: Scope, { sort, value }: Item): void {
  scope.add<typeof sort>(sort, value);
}

function functionType(scope: Scope, index: number): FunctionType {
  const item = scope.get("type", index);
  if (item.is !== "func") throw malformed("a function whose type is none of a function");
  if (item.isAsync) throw unsupported("asynchronous functions", "build it with synchronous functions");
  return item.type;
}

function coreFunction(scope: Scope, index: number): CoreFunction {
  const found = scope.get("core func", index);
  if (typeof found !== "function") throw malformed(`core func ${index} cannot be called from here`);
  return found as CoreFunction;
}

function placeOf({ encoding, memory, realloc }: CanonOptions, { scope, handles }: ComponentInstance): Place {
  const found = memory === undefined ? undefined : scope.get("core memory", memory);
  const allocate = realloc === undefined ? undefined : (coreFunction(scope, realloc) as Realloc);
  return new Place(handles, encoding, found as CoreMemory | undefined, allocate);
}

function start(module: CoreModule, imports: object): { exports: Readonly<Record<string, unknown>> } {
  try {
    return new ENGINE.Instance(module, imports);
  } catch (error) {
    // Its own code may have run already, and trapped.
    const doesNotFit = error instanceof ENGINE.LinkError || error instanceof TypeError;
    if (doesNotFit) throw malformed(`its core modules do not fit together: ${errorMessage(error)}`);
    throw trap(`${errorMessage(error)}, when it was instantiated`);
  }
}
