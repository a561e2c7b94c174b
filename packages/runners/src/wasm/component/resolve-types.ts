import type { FunctionDefinition, TypeDefinition, ValueDefinition, ValueRef } from "./definitions.ts";
import { malformed } from "./malformed.ts";
import type { Scope, TypeItem } from "./scope.ts";
import { camelCase, isPrimitive, type Field, type FunctionType, type ResourceType, type ValueType } from "./types.ts";

/** Parts of one type, every part of its parts counted: types that use one another twice would double for ever. */
const MOST_PARTS = 100_000;
const DEEPEST = 100;

interface Measure {
  parts: number;
  depth: number;
}

const SINGLE: Measure = { parts: 1, depth: 1 };

/** Resolves the types of one file, each to one object, and holds them to a size that can be worked with. */
export class TypeResolver {
  readonly #measures = new Map<ValueType, Measure>();

  /** `makeResource` is asked for a resource of the component's own. */
  resolve(definition: TypeDefinition, scope: Scope, makeResource: (destructor?: number) => ResourceType): TypeItem {
    const { kind } = definition;
    if (kind === "component") return { is: "component" };
    if (kind === "instance") return { is: "instance", declarations: definition.declarations, scope };
    if (kind === "resource") return { is: "resource", resource: makeResource(definition.destructor) };
    if (kind === "func") return { is: "func", type: this.#func(definition, scope), isAsync: definition.isAsync };
    return { is: "value", type: this.#measured(this.#value(definition, scope)) };
  }

  #func({ params, result }: FunctionDefinition, scope: Scope): FunctionType {
    const type: FunctionType = {
      params: params.map(({ name, type: ref }) => this.#field(name, ref, scope)),
      result: this.#maybe(result, scope),
    };
    this.#assertFits(this.#sum([...type.params.map((param) => param.type), type.result]));
    return type;
  }

  #value(definition: ValueDefinition, scope: Scope): ValueType {
    switch (definition.kind) {
      case "primitive":
        return { kind: definition.primitive };
      case "record":
        return { kind: "record", fields: definition.fields.map(({ name, type }) => this.#field(name, type, scope)) };
      case "variant":
        return {
          kind: "variant",
          cases: definition.cases.map(({ name, type }) => ({ name, type: this.#maybe(type, scope) })),
        };
      case "list":
        return { kind: "list", element: this.#ref(definition.element, scope) };
      case "tuple":
        return { kind: "tuple", elements: definition.elements.map((element) => this.#ref(element, scope)) };
      case "option":
        return { kind: "option", value: this.#ref(definition.value, scope) };
      case "result":
        return { kind: "result", ok: this.#maybe(definition.ok, scope), error: this.#maybe(definition.error, scope) };
      case "own":
      case "borrow":
        return { kind: definition.kind, resource: resourceOf(scope.get("type", definition.resource)) };
      case "flags":
      case "enum":
        return { kind: definition.kind, names: definition.names };
      default:
        return definition satisfies never;
    }
  }

  #field(name: string, ref: ValueRef, scope: Scope): Field {
    // As WIT has them, which mean nothing to JavaScript: `__proto__` would.
    if (!/^[a-z][a-z0-9]*(?:-[a-z0-9]+)*$/i.test(name)) throw malformed(`a name "${name}" that WIT has not`);
    return { name, key: camelCase(name), type: this.#ref(ref, scope) };
  }

  #maybe(ref: ValueRef | undefined, scope: Scope): ValueType | undefined {
    return ref === undefined ? undefined : this.#ref(ref, scope);
  }

  #ref(ref: ValueRef, scope: Scope): ValueType {
    if (typeof ref === "string") return { kind: ref };
    const item = scope.get("type", ref);
    if (item.is !== "value") throw malformed(`type ${ref} is none of a value`);
    return item.type;
  }

  #measured(type: ValueType): ValueType {
    const { parts, depth } = this.#sum(childrenOf(type));
    const measure = { parts: parts + 1, depth: depth + 1 };
    this.#assertFits(measure);
    this.#measures.set(type, measure);
    return type;
  }

  #sum(types: readonly (ValueType | undefined)[]): Measure {
    const measures = types.map((type) => (type && this.#measures.get(type)) ?? SINGLE);
    return {
      parts: measures.reduce((sum, { parts }) => sum + parts, 0),
      depth: measures.reduce((most, { depth }) => Math.max(most, depth), 0),
    };
  }

  #assertFits({ parts, depth }: Measure): void {
    if (parts > MOST_PARTS || depth > DEEPEST) throw malformed(`a type of ${parts} parts, ${depth} levels deep`);
  }
}

/** @throws HostError `CONTRACT_BROKEN` when it is none. */
export function resourceOf(item: TypeItem): ResourceType {
  if (item.is !== "resource") throw malformed("a handle of something that is no resource");
  return item.resource;
}

function childrenOf(type: ValueType): readonly (ValueType | undefined)[] {
  if (isPrimitive(type)) return [];
  switch (type.kind) {
    case "record":
      return type.fields.map((field) => field.type);
    case "variant":
      return type.cases.map((one) => one.type);
    case "list":
      return [type.element];
    case "tuple":
      return type.elements;
    case "option":
      return [type.value];
    case "result":
      return [type.ok, type.error];
    case "flags":
    case "enum":
      // A name weighs as much as a part.
      return type.names.map(() => undefined);
    case "own":
    case "borrow":
      return [];
    default:
      return type satisfies never;
  }
}
