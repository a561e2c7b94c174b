/** First words of the subjects under which the host alone publishes: who hears them may rely on what they say. */
export const RESERVED_SUBJECTS = ["plugin", "config", "host", "grant", "alert"] as const;

/** Whether only the host publishes `subject`, or everything that fits it. A pattern whose first word is open is not: its events are looked at one by one. */
export function isReserved(subject: string): boolean {
  return (RESERVED_SUBJECTS as readonly string[]).includes(subject.split(".", 1)[0]!);
}
