import { type JsonValue, JsonView, type OutputRecord } from "@berth/sdk";

/** What became of a bulk request, by places of its records. */
export interface BulkOutcome {
  /** To be sent again. */
  failed: number[];
  /** Refused for good, and why. */
  refused: { place: number; reason: string }[];
}

/** The body of a bulk request: two lines a record. Each has an id of its own, so that what is sent twice is kept once. */
export function bulkBody(records: readonly OutputRecord[], index: string): string {
  return records.map((record) => `${action(record, index)}\n${document(record)}\n`).join("");
}

function action({ id, startedAt, result }: OutputRecord, index: string): string {
  const run = new JsonView(result).number("run") ?? 0;
  return JSON.stringify({ index: { _index: index, _id: `${id}-${startedAt}-${run}` } });
}

function document({ id, startedAt, durationMs, success, result }: OutputRecord): string {
  return JSON.stringify({ "@timestamp": new Date(startedAt).toISOString(), job: id, durationMs, success, result });
}

/** What the answer says of each record: too many at once and what the server cannot do just now is to be sent again, and only that. */
export function readOutcome(answer: JsonValue, count: number): BulkOutcome {
  const items = new JsonView(answer).list("items");
  const outcome: BulkOutcome = { failed: [], refused: [] };
  for (let place = 0; place < count; place++) {
    const item = items[place]?.at("index");
    const status = item?.number("status") ?? 500;
    if (status < 300) continue;
    if (status === 429 || status >= 500) outcome.failed.push(place);
    else outcome.refused.push({ place, reason: item?.at("error").text("reason") ?? `status ${status}` });
  }
  return outcome;
}
