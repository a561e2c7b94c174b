/** Headers as they came, names in lower case. */
export type HeaderList = [name: string, value: string][];

/** Pairs from the flat list that Node keeps. */
export function headerList(raw: readonly string[]): HeaderList {
  const headers: HeaderList = [];
  for (let i = 0; i + 1 < raw.length; i += 2) headers.push([raw[i]!.toLowerCase(), raw[i + 1]!]);
  return headers;
}

/** The value of the only header of this name; `undefined` when there is none, or more than one. */
export function soleHeader(headers: HeaderList, name: string): string | undefined {
  const found = headers.filter(([each]) => each === name);
  return found.length === 1 ? found[0]![1] : undefined;
}
