/** For tests: a schedule whose fields are spelt out, so that nothing has to be parsed. */
export interface Calendar {
  zone: string;
  minutes: number[];
  hours: number[];
  isDay: (date: Temporal.PlainDate) => boolean;
  /** Whether hours and minutes are written without wildcard and step. */
  isFixed: boolean;
}

/**
 * For tests: every slot of a calendar between two instants (the first included, the last not), found by walking through the local
 * days and asking Temporal what each local time means. Shares no code and no idea with the parser or the clock arithmetic tested.
 */
export function slotsByCalendar(calendar: Calendar, fromMs: number, toMs: number): number[] {
  const slots = new Set<number>();
  const day = (ms: number): Temporal.PlainDate =>
    Temporal.Instant.fromEpochMilliseconds(ms).toZonedDateTimeISO(calendar.zone).toPlainDate();
  const last = day(toMs);
  for (let date = day(fromMs); Temporal.PlainDate.compare(date, last) <= 0; date = date.add({ days: 1 })) {
    if (!calendar.isDay(date)) continue;
    for (const hour of calendar.hours) {
      for (const minute of calendar.minutes) {
        for (const instant of instantsOf(calendar, date.toPlainDateTime({ hour, minute }))) slots.add(instant);
      }
    }
  }
  return [...slots].filter((slot) => slot >= fromMs && slot < toMs).sort((a, b) => a - b);
}

function instantsOf({ zone, isFixed }: Calendar, local: Temporal.PlainDateTime): number[] {
  const earlier = local.toZonedDateTime(zone, { disambiguation: "earlier" });
  const later = local.toZonedDateTime(zone, { disambiguation: "later" });
  const first = earlier.epochMilliseconds;
  const second = later.epochMilliseconds;
  if (first === second) return [first];
  const isMissing = !later.toPlainDateTime().equals(local);
  if (isMissing) return isFixed ? [earlier.getTimeZoneTransition("next")!.epochMilliseconds] : [];
  return isFixed ? [first] : [first, second];
}
