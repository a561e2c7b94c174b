import { type Codec, type CoreValue, FlatReader } from "./codec.ts";
import { tupleCodec } from "./codec-aggregates.ts";
import type { Codecs } from "./codec-of.ts";
import { type CoreFunction, ENGINE } from "./engine.ts";
import type { Place } from "./place.ts";
import { trap } from "./trap.ts";
import type { FunctionType } from "./types.ts";

/** More arguments than this go through memory. */
const MOST_FLAT_PARAMS = 16;
/** More results than this go through memory. */
const MOST_FLAT_RESULTS = 1;

/** A function of the component model: takes and gives JavaScript values. */
export interface ComponentFunction {
  type: FunctionType;
  /** Returns a promise where the host {@link mayWait}. */
  call(args: readonly unknown[]): unknown;
  /** Whether `call`, a function of the host, may return a promise, for which the component is suspended. */
  mayWait: boolean;
  /** As `call`, on a stack that can be suspended: for a component that calls functions which may wait. */
  callSuspendable?(args: readonly unknown[]): Promise<unknown>;
}

/** Keeps the component from calling out while it only makes room or cleans up, as the canonical ABI demands. */
export interface Gate {
  mayLeave: boolean;
}

/** What {@link liftFunction} makes a function of. */
export interface Lifting {
  type: FunctionType;
  core: CoreFunction;
  place: Place;
  codecs: Codecs;
  gate: Gate;
  postReturn: CoreFunction | undefined;
}

/** Makes a function of the component model of a core function. */
export function liftFunction(lifting: Lifting): ComponentFunction {
  const { type, core, place, codecs, gate, postReturn } = lifting;
  const params = type.params.map((param) => codecs.of(param.type));
  const flatParams = params.reduce((sum, { flat }) => sum + flat.length, 0);
  const together = flatParams > MOST_FLAT_PARAMS ? tupleCodec(params) : undefined;
  const result = type.result && codecs.of(type.result);
  const isInMemory = result !== undefined && result.flat.length > MOST_FLAT_RESULTS;

  const lower = (args: readonly unknown[]): CoreValue[] => {
    const values: CoreValue[] = [];
    gate.mayLeave = false;
    if (together) {
      const at = place.allocate(together.alignment, together.size);
      together.store(place, args, at);
      values.push(at);
    } else {
      for (let index = 0; index < params.length; index++) params[index]!.lower(place, args[index], values);
    }
    gate.mayLeave = true;
    return values;
  };
  const lift = (returned: CoreValue | undefined): unknown => {
    const value = result && readResult(result, returned);
    if (postReturn) {
      gate.mayLeave = false;
      if (returned === undefined) postReturn();
      else postReturn(returned);
      gate.mayLeave = true;
    }
    return value;
  };
  const readResult = (codec: Codec, returned: CoreValue | undefined): unknown => {
    place.beginTransfer();
    if (!isInMemory) return codec.lift(place, new FlatReader([returned!]));
    const at = (returned as number) >>> 0;
    place.assertRange(at, codec.size, codec.alignment);
    return codec.load(place, at);
  };
  let suspendable: ((...values: CoreValue[]) => Promise<CoreValue | undefined>) | undefined;
  return {
    type,
    mayWait: false,
    call: (args) => lift(callWith(core, lower(args))),
    async callSuspendable(args) {
      suspendable ??= ENGINE.promising!(core);
      return lift(await suspendable(...lower(args)));
    },
  };
}

/** As `core(...values)`, which takes as long as half the rest of a call. */
function callWith(core: CoreFunction, v: readonly CoreValue[]): CoreValue | undefined {
  switch (v.length) {
    case 0:
      return core();
    case 1:
      return core(v[0]!);
    case 2:
      return core(v[0]!, v[1]!);
    case 3:
      return core(v[0]!, v[1]!, v[2]!);
    case 14:
      // `guest.call`, of all functions the one that is called most.
      return core(v[0]!, v[1]!, v[2]!, v[3]!, v[4]!, v[5]!, v[6]!, v[7]!, v[8]!, v[9]!, v[10]!, v[11]!, v[12]!, v[13]!);
    default:
      return core(...v);
  }
}

/** What {@link lowerFunction} makes a core function of. */
export interface Lowering {
  callee: ComponentFunction;
  place: Place;
  codecs: Codecs;
  gate: Gate;
}

/** Makes a core function, as a core module imports it, of a function of the component model. */
export function lowerFunction({ callee, place, codecs, gate }: Lowering): CoreFunction {
  const params = callee.type.params.map(({ type }) => codecs.of(type));
  const flatParams = params.reduce((sum, { flat }) => sum + flat.length, 0);
  const together = flatParams > MOST_FLAT_PARAMS ? tupleCodec(params) : undefined;
  const result = callee.type.result && codecs.of(callee.type.result);
  const isInMemory = result !== undefined && result.flat.length > MOST_FLAT_RESULTS;

  const lift = (values: readonly CoreValue[]): unknown[] => {
    if (!gate.mayLeave) throw trap("it calls out while it makes room for values or cleans up");
    place.beginTransfer();
    if (!together) {
      const reader = new FlatReader(values);
      return params.map((codec) => codec.lift(place, reader));
    }
    const at = (values[0] as number) >>> 0;
    place.assertRange(at, together.size, together.alignment);
    return together.load(place, at) as unknown[];
  };
  const lower = (value: unknown, values: readonly CoreValue[]): CoreValue | undefined => {
    if (!result) return undefined;
    gate.mayLeave = false;
    const out: CoreValue[] = [];
    if (isInMemory) {
      const at = (values.at(-1) as number) >>> 0;
      place.assertRange(at, result.size, result.alignment);
      result.store(place, value, at);
    } else {
      result.lower(place, value, out);
    }
    gate.mayLeave = true;
    return out[0];
  };
  if (callee.mayWait) {
    const wait = async (...values: CoreValue[]) => lower(await callee.call(lift(values)), values);
    // The engine suspends the component until the promise settles, so that to the component it is a function as any other.
    return new ENGINE.Suspending!(wait) as unknown as CoreFunction;
  }
  return (...values) => lower(callee.call(lift(values)), values);
}
