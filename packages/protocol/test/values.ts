import fc from "fast-check";

/** Values as plugins and their host pass them: JSON and bytes, with keys and texts that an encoding may stumble over. */
export const crossing = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4, depthSize: "small" },
    fc.oneof(
      fc.constantFrom(
        null,
        true,
        false,
        0,
        -1,
        1.5,
        2 ** 31,
        -(2 ** 31),
        2 ** 32,
        -(2 ** 40),
        2 ** 53 - 1,
        1e300,
        5e-324,
      ),
      fc.integer(),
      fc.double({ noDefaultInfinity: true, noNaN: true }).map((number) => (Object.is(number, -0) ? 0 : number)),
      fc.string({ unit: "binary", maxLength: 40 }),
      fc.constantFrom("$bytes", "\ufffd", "\u2028", '{"$bytes":"AA=="}', "é".repeat(20_000), "x".repeat(70_000)),
      fc.uint8Array({ maxLength: 300 }),
    ),
    fc.array(tie("value"), { maxLength: 20 }),
    fc.dictionary(
      fc.oneof(
        fc.string({ maxLength: 10 }).filter((key) => key !== "__proto__"),
        fc.constantFrom("$bytes", "$bytes$bytes", "$bytesX", "$byte", "constructor", "toString", "id", "method", "0"),
      ),
      tie("value"),
      { maxKeys: 20, noNullPrototype: true },
    ),
  ),
})).value;
