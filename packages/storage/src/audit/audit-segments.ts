import { readdirSync } from "node:fs";
import { join } from "node:path";

/** Where an audit log keeps what. All of it lies in one folder that only the host's user may enter. */
export interface AuditPlaces {
  readonly folder: string;
  /** The host's private key. */
  readonly key: string;
  /** The signed end of the log. */
  readonly tail: string;
  /** Held by whoever writes, for the time of one write. */
  readonly lock: string;
  segment(number: number): string;
}

const SEGMENT = /^(\d{8})\.jsonl$/;

export function auditPlaces(folder: string): AuditPlaces {
  return {
    folder,
    key: join(folder, "key.pem"),
    tail: join(folder, "tail"),
    lock: join(folder, "lock"),
    segment: (number) => join(folder, `${String(number).padStart(8, "0")}.jsonl`),
  };
}

/** The numbers of the segments that are there, in order; none where there is no folder. */
export function listSegments({ folder }: Pick<AuditPlaces, "folder">): number[] {
  try {
    return readdirSync(folder)
      .flatMap((name) => SEGMENT.exec(name)?.[1] ?? [])
      .map(Number)
      .toSorted((a, b) => a - b);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw error;
  }
}
