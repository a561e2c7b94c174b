type Listener = ((event: OwnEvent) => void) | { handleEvent(event: OwnEvent): void };

interface Registration {
  listener: Listener;
  isOnce: boolean;
}

/** `Event`, as far as targets without a tree have it. */
export class OwnEvent {
  readonly type: string;
  readonly cancelable: boolean;
  readonly timeStamp = 0;
  target: unknown = null;
  currentTarget: unknown = null;
  #isPrevented = false;
  #isStopped = false;

  constructor(type: unknown, { cancelable = false }: { cancelable?: boolean } = {}) {
    this.type = String(type);
    this.cancelable = cancelable;
  }

  get defaultPrevented(): boolean {
    return this.#isPrevented;
  }

  get isStopped(): boolean {
    return this.#isStopped;
  }

  preventDefault(): void {
    if (this.cancelable) this.#isPrevented = true;
  }

  stopPropagation(): void {
    // There is nowhere for it to go on to.
  }

  stopImmediatePropagation(): void {
    this.#isStopped = true;
  }
}

/** `EventTarget`. */
export class OwnEventTarget {
  readonly #listeners = new Map<string, Registration[]>();

  addEventListener(
    type: string,
    listener: Listener | null,
    options?: boolean | { once?: boolean; signal?: AbortSignal },
  ): void {
    const { once: isOnce = false, signal } = typeof options === "object" ? options : {};
    if (listener === null || signal?.aborted) return;
    const list = this.#listeners.get(type) ?? [];
    if (list.some((one) => one.listener === listener)) return;
    this.#listeners.set(type, [...list, { listener, isOnce }]);
    signal?.addEventListener("abort", () => this.removeEventListener(type, listener), { once: true });
  }

  removeEventListener(type: string, listener: Listener | null): void {
    const list = this.#listeners.get(type) ?? [];
    this.#listeners.set(
      type,
      list.filter((one) => one.listener !== listener),
    );
  }

  dispatchEvent(event: OwnEvent): boolean {
    event.target = this;
    event.currentTarget = this;
    for (const { listener, isOnce } of this.#listeners.get(event.type) ?? []) {
      if (isOnce) this.removeEventListener(event.type, listener);
      if (typeof listener === "function") listener.call(this as never, event);
      else listener.handleEvent(event);
      if (event.isStopped) break;
    }
    const handler = (this as unknown as Record<string, unknown>)[`on${event.type}`];
    if (typeof handler === "function") handler.call(this, event);
    return !event.defaultPrevented;
  }
}
