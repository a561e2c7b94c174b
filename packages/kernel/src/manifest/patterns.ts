import { parsePathPattern } from "../permissions/path-pattern.ts";
import { parseUnixSocket } from "../permissions/unix-socket.ts";

/**
 * The little languages inside permissions. Each function says what is wrong with a word, or nothing.
 */

/** How a permission names a field of the plugin's configuration: `config:base_url`. */
export const CONFIG_REFERENCE = "config:";

const LABEL = /^[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?$/;
const FIELD = /^[A-Za-z_][\w-]*(?:\.[A-Za-z_][\w-]*)*$/;
const SUBJECT_WORD = /^(?:\*|[\w-]+)$/;

/** `api.example.org`, `*.example.org`, `127.0.0.1:8080`, `[::1]:8080`, `config:FIELD`. */
export function hostPatternFault(pattern: string): string | undefined {
  if (pattern.startsWith(CONFIG_REFERENCE)) return configReferenceFault(pattern);
  if (pattern === "*") return "must name hosts; write network = true to ask for any host";
  if (pattern.includes("://") || pattern.includes("/")) {
    return `must be a host without scheme or path${suggestHost(pattern)}`;
  }
  const [, host, port] = /^(\[[^\]]*\]|[^:]*)(?::(.*))?$/.exec(pattern) ?? [];
  if (host === undefined) return "must be a host, such as api.example.org; an IPv6 address stands in brackets";
  if (port !== undefined && !isPort(port)) return "must have a port from 1 to 65535 after the colon";
  return host.startsWith("[") ? ipv6Fault(host) : hostNameFault(host);
}

const SOCKET = "unix:";
const METHODS_AND_PLACE = /^([A-Za-z-]+(?:,[A-Za-z-]+)*) +(.*)$/;

/** A host, or requests to one of some methods and below some path: `GET,POST api.example.org/v1/*`. */
export function networkEntryFault(entry: string): string | undefined {
  if (entry.startsWith(SOCKET)) return socketFault(entry);
  const [, methods, place = entry] = METHODS_AND_PLACE.exec(entry) ?? [];
  if (entry.startsWith(CONFIG_REFERENCE) || place.includes("://")) return hostPatternFault(place);
  if (place.startsWith(CONFIG_REFERENCE))
    return "cannot have methods: which host it is shows only when it is configured";
  const slash = place.indexOf("/");
  const [host, path] = slash < 0 ? [place] : [place.slice(0, slash), place.slice(slash)];
  const isAnyHost = host === "*" && (methods !== undefined || path !== undefined);
  const fault = isAnyHost ? undefined : hostPatternFault(host);
  if (fault !== undefined || path === undefined || parsePathPattern(path)) return fault;
  return "must have a path of plain parts, * for any one of them and at the end for the rest, such as api.example.org/v1/*";
}

/** One spelling only, so that what is asked is what is granted and shown. */
function socketFault(entry: string): string | undefined {
  const socket = parseUnixSocket(entry);
  if (socket === undefined) return "must be a socket by its whole path, such as unix:/var/run/docker.sock";
  return socket === entry ? undefined : `must be written as ${socket}`;
}

function hostNameFault(host: string): string | undefined {
  const name = host.startsWith("*.") ? host.slice(2) : host;
  if (name.includes("*")) return "may have * only as its whole first word, such as *.example.org";
  if (name !== name.toLowerCase()) return `must be in lower case; did you mean "${host.toLowerCase()}"?`;
  if (name.length > 253 || !name.split(".").every((label) => LABEL.test(label))) {
    return "must be a host, such as api.example.org, *.example.org or api.example.org:8443";
  }
  return undefined;
}

function ipv6Fault(host: string): string | undefined {
  return URL.canParse(`http://${host}/`) ? undefined : "must have an IPv6 address in the brackets, such as [::1]:8080";
}

function isPort(text: string): boolean {
  return /^[1-9]\d{0,4}$/.test(text) && Number(text) <= 65_535;
}

function suggestHost(pattern: string): string {
  const url = URL.parse(pattern.includes("://") ? pattern : `http://${pattern}`);
  return url && url.host !== "" && url.host.length <= 100 ? `; did you mean "${url.host}"?` : "";
}

/** `config:FIELD`, where FIELD may reach into tables: `config:server.url`. */
export function configReferenceFault(reference: string): string | undefined {
  return FIELD.test(reference.slice(CONFIG_REFERENCE.length))
    ? undefined
    : 'must name a field of the configuration after "config:", such as config:base_url';
}

/** Dot-separated words; `*` stands for one, `>` at the end for all that follow. */
export function subjectFault(subject: string): string | undefined {
  const words = subject.split(".");
  if (words.at(-1) === ">") words.pop();
  return words.every((word) => SUBJECT_WORD.test(word))
    ? undefined
    : "must be words joined by dots, * for one word and > at the end for the rest, such as weather.*";
}
