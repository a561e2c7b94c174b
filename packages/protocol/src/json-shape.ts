import { protocolBroken } from "./broken.ts";
import { MAX_FRAME_DEPTH, MAX_VALUES } from "./message-limits.ts";

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const OPEN_LIST = 0x5b;
const CLOSE_LIST = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;

/**
 * Counts what a JSON text would become before it is parsed. The text need not be right; what is wrong with it the parser tells.
 *
 * @throws HostError `PROTOCOL_BROKEN` when it holds too many values or is nested too deep.
 */
export function checkJsonShape(text: Uint8Array): void {
  let depth = 0;
  let values = 0;
  for (let at = 0; at < text.length; at++) {
    const byte = text[at]!;
    switch (byte) {
      case QUOTE:
        at = endOfText(text, at + 1);
        break;
      case OPEN_LIST:
      case OPEN_OBJECT:
        values++;
        if (++depth > MAX_FRAME_DEPTH) throw tooDeep();
        break;
      case CLOSE_LIST:
      case CLOSE_OBJECT:
        depth--;
        break;
      case COMMA:
        values++;
        break;
      default:
    }
    if (values > MAX_VALUES) throw protocolBroken(`a line of more than ${MAX_VALUES} values`);
  }
}

/** What ends a conversation in which a frame was nested too deep. */
export function tooDeep(): Error {
  return protocolBroken(`a frame that is nested deeper than ${MAX_FRAME_DEPTH}`);
}

function endOfText(text: Uint8Array, from: number): number {
  let at = from;
  while (at < text.length && text[at] !== QUOTE) at += text[at] === BACKSLASH ? 2 : 1;
  return at;
}
