/** The parts of a URL. */
export interface UrlRecord {
  /** Without colon. */
  scheme: string;
  username: string;
  password: string;
  /** As it is shown; `undefined` when there is none. */
  host: string | undefined;
  port: number | undefined;
  /** Segments, or one text that has none. */
  path: string[] | string;
  query: string | undefined;
  fragment: string | undefined;
}

const DEFAULT_PORTS: Readonly<Record<string, number | undefined>> = {
  http: 80,
  https: 443,
  ws: 80,
  wss: 443,
  ftp: 21,
  file: undefined,
};

export const isSpecial = (scheme: string): boolean => Object.hasOwn(DEFAULT_PORTS, scheme);

export const defaultPort = (scheme: string): number | undefined => DEFAULT_PORTS[scheme];

export function showPath({ path }: Pick<UrlRecord, "path">): string {
  return typeof path === "string" ? path : path.map((segment) => `/${segment}`).join("");
}

export function showUrl(url: UrlRecord): string {
  const { scheme, username, password, host, port, path, query, fragment } = url;
  let text = `${scheme}:`;
  if (host !== undefined) {
    text += "//";
    if (username !== "" || password !== "") text += `${username}${password === "" ? "" : `:${password}`}@`;
    text += host + (port === undefined ? "" : `:${port}`);
  } else if (typeof path !== "string" && path.length > 1 && path[0] === "") {
    text += "/.";
  }
  text += showPath(url);
  if (query !== undefined) text += `?${query}`;
  return fragment === undefined ? text : `${text}#${fragment}`;
}
