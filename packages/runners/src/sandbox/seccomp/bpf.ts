/** One instruction of classic BPF, as `struct sock_filter`. */
export interface Instruction {
  code: number;
  /** How many instructions to skip when the test holds; 0 to 255. */
  jt: number;
  /** … and when it does not. */
  jf: number;
  k: number;
}

/** The operations a filter is made of: `BPF_*` of `linux/bpf_common.h`. */
export const OPERATION = {
  load: 0x20,
  and: 0x54,
  ifEqual: 0x15,
  ifGreaterOrEqual: 0x35,
  return: 0x06,
} as const;

/** What a filter answers: `SECCOMP_RET_*`. */
export const ALLOW = 0x7fff_0000;
export const KILL_PROCESS = 0x8000_0000;
const ERRNO = 0x0005_0000;

/** Makes the call fail with `errno`. */
export function fail(errno: number): number {
  return ERRNO | errno;
}

/** Where `struct seccomp_data` has the call's number, the architecture and the arguments. */
export const DATA = { number: 0, architecture: 4, argument: (index: number): number => 16 + 8 * index } as const;

/** The kernel refuses longer programs: `BPF_MAXINSNS`. */
const MOST_INSTRUCTIONS = 4_096;
export const INSTRUCTION_BYTES = 8;

export function load(offset: number): Instruction {
  return { code: OPERATION.load, jt: 0, jf: 0, k: offset };
}

export function and(mask: number): Instruction {
  return { code: OPERATION.and, jt: 0, jf: 0, k: mask };
}

export function answer(value: number): Instruction {
  return { code: OPERATION.return, jt: 0, jf: 0, k: value };
}

export function ifEqual(value: number, skipWhen: number, skipElse: number): Instruction {
  return branch(OPERATION.ifEqual, value, skipWhen, skipElse);
}

export function ifGreaterOrEqual(value: number, skipWhen: number, skipElse: number): Instruction {
  return branch(OPERATION.ifGreaterOrEqual, value, skipWhen, skipElse);
}

function branch(code: number, k: number, jt: number, jf: number): Instruction {
  if (jt > 255 || jf > 255)
    throw new RangeError(`A branch of BPF skips at most 255 instructions, not ${Math.max(jt, jf)}`);
  return { code, jt, jf, k };
}

/** The bytes the kernel takes: both architectures are little-endian. */
export function encode(program: readonly Instruction[]): Uint8Array {
  if (program.length > MOST_INSTRUCTIONS)
    throw new RangeError(`A filter of ${program.length} instructions is too long`);
  const bytes = new Uint8Array(program.length * INSTRUCTION_BYTES);
  const view = new DataView(bytes.buffer);
  for (const [index, { code, jt, jf, k }] of program.entries()) {
    const at = index * INSTRUCTION_BYTES;
    view.setUint16(at, code, true);
    view.setUint8(at + 2, jt);
    view.setUint8(at + 3, jf);
    view.setUint32(at + 4, k, true);
  }
  return bytes;
}
