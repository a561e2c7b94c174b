/** The same JSON with every text run through `mask`; keys are left alone. */
export function maskStrings<T>(value: T, mask: (text: string) => string): T {
  return masked(value, mask) as T;
}

function masked(value: unknown, mask: (text: string) => string): unknown {
  if (typeof value === "string") return mask(value);
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map((item) => masked(item, mask));
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, masked(item, mask)]));
}
