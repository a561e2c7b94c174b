import { DATA, INSTRUCTION_BYTES, OPERATION } from "./bpf.ts";

/** What the kernel hands a filter: `struct seccomp_data`. */
export interface CallData {
  number: number;
  architecture: number;
  /** The lower 32 bits of each. */
  arguments: readonly number[];
}

/**
 * Runs a filter as the kernel would, for tests.
 *
 * @throws RangeError when the program leaves its own end, jumps back, or has an instruction that no filter of ours uses.
 */
export function runFilter(program: Uint8Array, call: CallData): number {
  const view = new DataView(program.buffer, program.byteOffset, program.byteLength);
  let accumulator = 0;
  let at = 0;
  for (;;) {
    const offset = at * INSTRUCTION_BYTES;
    if (offset + INSTRUCTION_BYTES > view.byteLength) throw new RangeError(`The program ends before instruction ${at}`);
    const code = view.getUint16(offset, true);
    const k = view.getUint32(offset + 4, true);
    const skip = (isTrue: boolean): number => view.getUint8(offset + (isTrue ? 2 : 3));
    at += 1;
    if (code === OPERATION.return) return k;
    else if (code === OPERATION.load) accumulator = word(call, k);
    else if (code === OPERATION.and) accumulator = (accumulator & k) >>> 0;
    else if (code === OPERATION.ifEqual) at += skip(accumulator === k);
    else if (code === OPERATION.ifGreaterOrEqual) at += skip(accumulator >= k);
    else throw new RangeError(`Instruction ${at - 1} has the unknown code ${code}`);
  }
}

function word(call: CallData, offset: number): number {
  if (offset === DATA.number) return call.number >>> 0;
  if (offset === DATA.architecture) return call.architecture >>> 0;
  const index = call.arguments.findIndex((_, argument) => DATA.argument(argument) === offset);
  if (index === -1) throw new RangeError(`Nothing is at ${offset}`);
  return call.arguments[index]! >>> 0;
}
