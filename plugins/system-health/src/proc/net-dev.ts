/** Interfaces inside the machine, whose traffic would be counted twice or is none. */
const VIRTUAL = /^(?:lo|veth|docker|br-|virbr|cni|flannel|cali|tunl|ifb|dummy|vnet|tap)/;

/** Bytes since the start. */
export interface Traffic {
  received: number;
  sent: number;
}

/** `/proc/net/dev`: two lines of heading, then one an interface. */
export function parseNetDev(text: string): Traffic | undefined {
  const traffic = { received: 0, sent: 0 };
  let interfaces = 0;
  for (const line of text.split("\n")) {
    const [, name = "", rest = ""] = /^\s*([^\s:]+):\s*(.*)$/.exec(line) ?? [];
    const figures = rest.trim().split(/\s+/).map(Number);
    if (VIRTUAL.test(name) || figures.length < 9 || !figures.every(Number.isFinite)) continue;
    traffic.received += figures[0]!;
    traffic.sent += figures[8]!;
    interfaces++;
  }
  return interfaces === 0 ? undefined : traffic;
}
