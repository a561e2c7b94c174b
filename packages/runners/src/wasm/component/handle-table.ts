import { trap } from "./trap.ts";
import type { ResourceType } from "./types.ts";

/** Handles one component may hold at a time. */
const MOST_HANDLES = 10_000;

interface Handle {
  resource: ResourceType;
  representation: unknown;
  isOwn: boolean;
}

/** The handles one component holds: small numbers that stand for resources of others, or its own. */
export class HandleTable {
  readonly #handles = new Map<number, Handle>();
  readonly #free: number[] = [];
  #next = 1;

  add(resource: ResourceType, representation: unknown, isOwn: boolean): number {
    if (this.#handles.size >= MOST_HANDLES) throw trap(`it holds more than ${MOST_HANDLES} handles`);
    const handle = this.#free.pop() ?? this.#next++;
    this.#handles.set(handle, { resource, representation, isOwn });
    return handle;
  }

  /** What the handle stands for; it stays. */
  get(handle: number, resource: ResourceType): unknown {
    return this.#find(handle, resource).representation;
  }

  /** What the handle stands for, which now belongs to someone else. */
  give(handle: number, resource: ResourceType): unknown {
    const { representation, isOwn } = this.#find(handle, resource);
    if (!isOwn) throw trap(`it gives away ${resource.name} that it only borrowed`);
    this.#remove(handle);
    return representation;
  }

  drop(handle: number, resource: ResourceType): void {
    const { representation, isOwn } = this.#find(handle, resource);
    this.#remove(handle);
    if (isOwn) resource.drop(representation);
  }

  #find(handle: number, resource: ResourceType): Handle {
    const found = this.#handles.get(handle);
    if (!found || found.resource !== resource) throw trap(`${handle} is no handle of ${resource.name}`);
    return found;
  }

  #remove(handle: number): void {
    this.#handles.delete(handle);
    this.#free.push(handle);
  }
}
