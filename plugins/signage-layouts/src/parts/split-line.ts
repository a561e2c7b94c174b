/** A line of text and what it seems to be made of. */
export interface Line {
  whole: string;
  /** The part before the colon of `Humidity: 82 %`. */
  label?: string;
  /** The time before `09:30 Market on Pike Street`. */
  lead?: string;
  value: string;
}

export function splitLine(line: string): Line {
  const whole = line.trim();
  const timed = /^(\d{1,2}[:.]\d{2}(?:\s?[ap]\.?m\.?)?)\s+(\S.*)$/is.exec(whole);
  if (timed) return { whole, lead: timed[1]!, value: timed[2]! };
  // A longer label is a sentence that happens to hold a colon.
  const labelled = /^([^:]{1,32}):\s+(\S.*)$/s.exec(whole);
  return labelled ? { whole, label: labelled[1]!.trim(), value: labelled[2]! } : { whole, value: whole };
}
