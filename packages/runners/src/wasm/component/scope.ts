import type { FunctionDefinition, InstanceTypeDefinition, Sort } from "./definitions.ts";
import type { ComponentClosure } from "./evaluate.ts";
import type { ComponentFunction } from "./functions.ts";
import { malformed } from "./malformed.ts";
import type { FunctionType, ResourceType, ValueType } from "./types.ts";

/** A resolved entry of the index space of types. */
export type TypeItem =
  | { is: "value"; type: ValueType }
  | { is: "func"; type: FunctionType; isAsync: FunctionDefinition["isAsync"] }
  | { is: "resource"; resource: ResourceType }
  | { is: "instance"; declarations: InstanceTypeDefinition["declarations"]; scope: Scope }
  | { is: "component" };

/** Anything a component can import or export, by its index space. */
export interface Items {
  func: ComponentFunction;
  instance: ReadonlyMap<string, Item>;
  type: TypeItem;
  component: ComponentClosure;
  value: never;
  "core module": number;
  "core instance": ReadonlyMap<string, unknown>;
  "core func": unknown;
  "core table": unknown;
  "core memory": unknown;
  "core global": unknown;
  "core tag": unknown;
  "core type": never;
}

/** One item and which index space it belongs to. */
export type Item = { [S in Sort]: { sort: S; value: Items[S] } }[Sort];

/** The index spaces of a component, or of the type of an instance, while it is evaluated. */
export class Scope {
  readonly #parent: Scope | undefined;
  readonly #spaces = new Map<Sort, unknown[]>();

  constructor(parent?: Scope) {
    this.#parent = parent;
  }

  add<S extends Sort>(sort: S, value: Items[S]): void {
    const space = this.#spaces.get(sort);
    if (space) space.push(value);
    else this.#spaces.set(sort, [value]);
  }

  /** @throws HostError `CONTRACT_BROKEN` when there is none of that index yet. */
  get<S extends Sort>(sort: S, index: number): Items[S] {
    const space = this.#spaces.get(sort);
    if (!space || index >= space.length) throw malformed(`it refers to ${sort} ${index}, which is not there`);
    return space[index] as Items[S];
  }

  item<S extends Sort>(sort: S, index: number): Item {
    return { sort, value: this.get(sort, index) } as Item;
  }

  /** The scope so many levels further out. */
  outer(depth: number): Scope {
    if (depth === 0) return this;
    if (!this.#parent) throw malformed("an alias leads out of the outermost component");
    return this.#parent.outer(depth - 1);
  }
}
