/** The way from the top of a document to one value: keys of maps and indexes of lists. */
export type ConfigPath = readonly (string | number)[];

const PLAIN_KEY = /^[A-Za-z_][\w-]*$/;

/**
 * The path as people write it; two different paths never give the same text.
 *
 * @example
 * formatPath(["sources", 2, "config", "a.b"]); // 'sources[2].config["a.b"]'
 */
export function formatPath(path: ConfigPath): string {
  let text = "";
  for (const step of path) {
    if (typeof step === "number") text += `[${step}]`;
    else if (PLAIN_KEY.test(step)) text += text === "" ? step : `.${step}`;
    else text += `[${JSON.stringify(step)}]`;
  }
  return text;
}
