/** File systems that hold files on a disk of this machine. A remote one may hang when its server is gone, so it is not asked. */
const REAL = new Set([
  "apfs",
  "bcachefs",
  "btrfs",
  "exfat",
  "ext2",
  "ext3",
  "ext4",
  "f2fs",
  "hfsplus",
  "jfs",
  "ntfs",
  "ntfs3",
  "overlay",
  "reiserfs",
  "vfat",
  "xfs",
  "zfs",
]);
const MOST = 64;

/** The places of `/proc/mounts` where real file systems hang: each device once, at its shortest path. */
export function parseMounts(text: string): string[] {
  const byDevice = new Map<string, string>();
  for (const line of text.split("\n")) {
    const [device, place, type] = line.split(" ").map(unescaped);
    if (device === undefined || place === undefined || !REAL.has(type ?? "")) continue;
    // An overlay is the file system of a container; only the one it stands on says anything.
    const key = type === "overlay" ? "overlay" : device;
    const known = byDevice.get(key);
    if (known === undefined || place.length < known.length) byDevice.set(key, place);
  }
  return [...byDevice.values()]
    .filter((place) => !/^\/(?:boot|snap|etc)(?:\/|$)/.test(place))
    .sort()
    .slice(0, MOST);
}

/** Blank, tab, newline and backslash stand as octal numbers there. */
function unescaped(field: string): string {
  return field.replace(/\\([0-7]{3})/g, (_all, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));
}
