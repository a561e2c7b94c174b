/**
 * Where an address leads: `public` the internet, `loopback` this machine, `private` the operator's own network, and `special`
 * everything nobody browses by accident: link-local (which holds the cloud metadata services), unspecified, multicast,
 * reserved, and tunnels into one of those.
 */
export type AddressReach = "public" | "loopback" | "private" | "special";

type Range = readonly [prefix: readonly number[], bits: number, reach: AddressReach];

// IANA special-purpose registries, and the metadata services that sit outside link-local. The first range that holds decides.
const IPV4_RANGES: readonly Range[] = [
  [[0], 8, "special"], // "this host": Linux connects 0.0.0.0 to loopback
  [[10], 8, "private"],
  [[100, 100, 100, 200], 32, "special"], // Alibaba metadata
  [[100, 64], 10, "private"],
  [[127], 8, "loopback"],
  [[168, 63, 129, 16], 32, "special"], // Azure metadata
  [[169, 254], 16, "special"],
  [[172, 16], 12, "private"],
  [[192, 0, 0], 24, "special"], // Oracle metadata, protocol assignments
  [[192, 0, 2], 24, "special"],
  [[192, 88, 99], 24, "special"],
  [[192, 168], 16, "private"],
  [[198, 18], 15, "private"],
  [[198, 51, 100], 24, "special"],
  [[203, 0, 113], 24, "special"],
  [[224], 4, "special"],
  [[240], 4, "special"],
];

const LOOPBACK_V6 = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1];
const IPV6_RANGES: readonly Range[] = [
  [LOOPBACK_V6, 128, "loopback"],
  [[0xfd, 0x00, 0x0e, 0xc2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x02, 0x54], 128, "special"], // AWS metadata
  [[0xfc], 7, "private"],
  [[0xfe, 0xc0], 10, "private"],
  [[0x20, 0x01, 0x00], 23, "special"], // Teredo, ORCHID and other protocol assignments
  [[0x20, 0x01, 0x0d, 0xb8], 32, "special"],
  [[0x3f, 0xff], 20, "special"],
  [[0x20], 3, "public"],
];

/** IPv6 prefixes that carry an IPv4 address, with the byte where it starts: NAT64 and 6to4. */
const CARRIERS: readonly (readonly [prefix: readonly number[], bits: number, at: number])[] = [
  [[0x00, 0x64, 0xff, 0x9b, 0, 0, 0, 0, 0, 0, 0, 0], 96, 12],
  [[0x20, 0x02], 16, 2],
];

const MAPPED_PREFIX = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff];

/**
 * The bytes of an address in text: 4, or 16. An IPv4-mapped IPv6 address is the IPv4 address, since that is what a connection
 * to it reaches; a zone (`%eth0`) is dropped. `undefined` for anything else, a number with leading zeros among it.
 */
export function parseAddress(text: string): readonly number[] | undefined {
  if (!text.includes(":")) return parseIpv4(text);
  const bytes = parseIpv6(text.replace(/%[^%]*$/, ""));
  return bytes && hasPrefix(bytes, MAPPED_PREFIX, 96) ? bytes.slice(12) : bytes;
}

/** Whether two texts name the same address. */
export function isSameAddress(a: string, b: string): boolean {
  const left = parseAddress(a);
  const right = parseAddress(b);
  return left !== undefined && right?.length === left.length && left.every((byte, i) => byte === right[i]);
}

/** Where an address leads; what is no address is `special`. */
export function addressReach(text: string): AddressReach {
  const bytes = parseAddress(text);
  return bytes === undefined ? "special" : reachOf(bytes);
}

function reachOf(bytes: readonly number[]): AddressReach {
  if (bytes.length === 4) return IPV4_RANGES.find(([prefix, bits]) => hasPrefix(bytes, prefix, bits))?.[2] ?? "public";
  const carrier = CARRIERS.find(([prefix, bits]) => hasPrefix(bytes, prefix, bits));
  if (carrier) return reachOf(bytes.slice(carrier[2], carrier[2] + 4)) === "public" ? "public" : "special";
  return IPV6_RANGES.find(([prefix, bits]) => hasPrefix(bytes, prefix, bits))?.[2] ?? "special";
}

function hasPrefix(bytes: readonly number[], prefix: readonly number[], bits: number): boolean {
  for (let i = 0; i * 8 < bits; i++) {
    const mask = (0xff << Math.max(0, 8 - (bits - i * 8))) & 0xff;
    if (((bytes[i] ?? 0) & mask) !== ((prefix[i] ?? 0) & mask)) return false;
  }
  return true;
}

function parseIpv4(text: string): number[] | undefined {
  if (!/^(?:0|[1-9]\d{0,2})(?:\.(?:0|[1-9]\d{0,2})){3}$/.test(text)) return undefined;
  const bytes = text.split(".").map(Number);
  return bytes.every((byte) => byte <= 255) ? bytes : undefined;
}

function parseIpv6(text: string): number[] | undefined {
  const halves = text.split("::");
  if (halves.length > 2) return undefined;
  const [head, tail] = halves.map(parseGroups);
  if (!head || (halves.length === 2 && !tail)) return undefined;
  if (!tail) return head.length === 16 ? head : undefined;
  const gap = 16 - head.length - tail.length;
  return gap >= 2 ? [...head, ...Array<number>(gap).fill(0), ...tail] : undefined;
}

/** Groups of four hexadecimal digits, the last perhaps an IPv4 address. */
function parseGroups(text: string): number[] | undefined {
  if (text === "") return [];
  const bytes: number[] = [];
  const groups = text.split(":");
  for (const [i, group] of groups.entries()) {
    const embedded = i === groups.length - 1 && group.includes(".") ? parseIpv4(group) : undefined;
    if (embedded) bytes.push(...embedded);
    else if (/^[0-9a-f]{1,4}$/i.test(group))
      bytes.push(Number.parseInt(group, 16) >> 8, Number.parseInt(group, 16) & 0xff);
    else return undefined;
  }
  return bytes;
}
