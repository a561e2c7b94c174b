const PREFIX = "berth-secret-";
const HANDLE = /berth-secret-[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g;

/** The texts that stand for secrets, one a name; nobody can guess one. Shared by the instances and generations of a plugin. */
export class SecretHandles {
  readonly #handles = new Map<string, string>();
  readonly #names = new Map<string, string>();

  handleOf(name: string): string {
    const known = this.#handles.get(name);
    if (known !== undefined) return known;
    const handle = `${PREFIX}${crypto.randomUUID()}`;
    this.#handles.set(name, handle);
    this.#names.set(handle, name);
    return handle;
  }

  nameOf(handle: string): string | undefined {
    return this.#names.get(handle);
  }
}

/** Whether a text holds what looks like a handle. */
export function holdsHandle(text: string): boolean {
  return text.includes(PREFIX);
}

/** The handles in a text. */
export function handlesIn(text: string): string[] {
  return holdsHandle(text) ? [...new Set(text.match(HANDLE) ?? [])] : [];
}
