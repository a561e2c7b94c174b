import type { Codec } from "./codec.ts";
import type { Place } from "./place.ts";
import type { ResourceType } from "./types.ts";

/** A resource, as its maker knows it on one side and by a handle on the other. */
export function handleCodec(kind: "own" | "borrow", resource: ResourceType): Codec {
  const isOwn = kind === "own";
  const toHandle = ({ handles }: Place, value: unknown): number => {
    // Its maker needs no handle to borrow what is its own.
    if (!isOwn && resource.maker === handles) return value as number;
    return handles.add(resource, value, isOwn);
  };
  const fromHandle = ({ handles }: Place, handle: number): unknown =>
    isOwn ? handles.give(handle, resource) : handles.get(handle, resource);
  return {
    size: 4,
    alignment: 4,
    flat: ["i32"],
    store: (place, value, at) => place.view.setUint32(at, toHandle(place, value), true),
    load: (place, at) => fromHandle(place, place.view.getUint32(at, true)),
    lower: (place, value, out) => void out.push(toHandle(place, value)),
    lift: (place, from) => fromHandle(place, (from.next() as number) >>> 0),
  };
}
