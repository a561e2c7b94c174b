/** What can be looked at in a plugin that runs: where its time goes, or what its memory holds. */
export type InspectionKind = "cpu" | "heap";

/** What is to be looked at, and how much of it. */
export interface InspectionRequest {
  kind: InspectionKind;
  /** How long time is looked at; of no account for a heap, which is a picture of one moment. */
  durationMs: number;
  /** More is refused. */
  maxBytes: number;
}

/** What was taken, beside its bytes. */
export interface Inspection {
  /** Address of the code that lives beside the plugin's, as frames name it. */
  guest: string;
}

/** Takes the bytes in order; the next come when it has resolved. */
export type TakeBytes = (bytes: Uint8Array) => Promise<void>;
