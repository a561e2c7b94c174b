/** `Date` whose present is `now`; the engine inside a component has no clock of its own. */
export function createDate(native: DateConstructor, now: () => number): DateConstructor {
  function OwnDate(this: unknown, ...args: unknown[]): unknown {
    if (!new.target) return new native(now()).toString();
    return Reflect.construct(native, args.length === 0 ? [now()] : args, new.target);
  }
  Object.setPrototypeOf(OwnDate, native);
  OwnDate.prototype = native.prototype;
  Object.defineProperties(OwnDate, {
    name: { value: "Date" },
    length: { value: native.length },
    now: { value: now, writable: true, configurable: true },
  });
  return OwnDate as unknown as DateConstructor;
}
