/** What V8 compiled of a guest's script: of its name, which tells its content. */
export interface GuestCode {
  name: string;
  /** In memory that all threads share. */
  bytes: Uint8Array;
}

/** What a guest tells once, before it serves a plugin: with it, if it had to compile. */
export interface CompiledMessage {
  compiled: GuestCode | null;
}

/** Where no memory is shared yet, it is copied there: each thread that is started would get a copy of its own. */
export function shareCode({ name, bytes }: GuestCode): GuestCode {
  const shared = new Uint8Array(new SharedArrayBuffer(bytes.length));
  shared.set(bytes);
  return { name, bytes: shared };
}

/** Reads what came from a guest. */
export function readCompiledMessage(message: unknown): CompiledMessage | undefined {
  if (typeof message !== "object" || message === null || !("compiled" in message)) return undefined;
  const { compiled } = message;
  if (typeof compiled !== "object" || compiled === null) return { compiled: null };
  const { name, bytes } = compiled as Partial<Record<string, unknown>>;
  const isShared = bytes instanceof Uint8Array && bytes.buffer instanceof SharedArrayBuffer;
  return { compiled: typeof name === "string" && isShared ? { name, bytes } : null };
}
