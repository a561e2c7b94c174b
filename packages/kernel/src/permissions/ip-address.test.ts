import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type AddressReach, addressReach, isSameAddress, parseAddress } from "./ip-address.ts";

const REACHES: Record<AddressReach, readonly string[]> = {
  loopback: ["127.0.0.1", "127.255.255.254", "::1", "0:0:0:0:0:0:0:1", "::ffff:127.0.0.1", "::ffff:7f00:1"],
  private: [
    "10.0.0.1",
    "10.255.255.255",
    "172.16.0.1",
    "172.31.255.255",
    "192.168.1.1",
    "100.64.0.1",
    "198.18.0.1",
    "fc00::1",
    "fd12:3456::1",
    "fec0::1",
    "::ffff:192.168.0.1",
  ],
  special: [
    "0.0.0.0",
    "0.1.2.3",
    "::",
    "::127.0.0.1",
    "169.254.169.254",
    "::ffff:169.254.169.254",
    "fe80::1",
    "fe80::1%eth0",
    "febf::1",
    "100.100.100.200",
    "168.63.129.16",
    "192.0.0.192",
    "fd00:ec2::254",
    "224.0.0.1",
    "255.255.255.255",
    "ff02::1",
    "64:ff9b::127.0.0.1",
    "64:ff9b::a9fe:a9fe",
    "64:ff9b:1::1",
    "2002:7f00:1::",
    "2002:a00:1::1",
    "2001::1",
    "2001:db8::1",
    "not an address",
    "127.1",
    "0x7f.0.0.1",
    "0177.0.0.1",
    "256.1.1.1",
    "1.2.3.4.5",
    "1::2::3",
    "12345::1",
    "",
  ],
  public: ["1.1.1.1", "8.8.8.8", "172.32.0.1", "100.128.0.1", "2606:4700::1111", "64:ff9b::8.8.8.8", "2002:808:808::1"],
};

describe("addressReach", () => {
  for (const [reach, addresses] of Object.entries(REACHES)) {
    test.each(addresses)(`${reach}: "%s"`, (address) => expect(addressReach(address)).toBe(reach));
  }

  test("gives an IPv4-mapped IPv6 address the reach of its IPv4 address, for every address", () => {
    fc.assert(
      fc.property(fc.ipV4(), (address) => {
        expect(addressReach(`::ffff:${address}`)).toBe(addressReach(address));
      }),
    );
  });
});

describe("parseAddress", () => {
  test("reads what the URL parser writes, for every IPv6 address", () => {
    fc.assert(
      fc.property(fc.ipV6(), (address) => {
        const canonical = new URL(`http://[${address}]/`).hostname.slice(1, -1);
        expect(isSameAddress(canonical, address)).toBe(true);
        expect(parseAddress(address)).toEqual(parseAddress(canonical));
      }),
    );
  });

  test("holds two different addresses apart", () => {
    expect(isSameAddress("10.0.0.1", "10.0.0.2")).toBe(false);
    expect(isSameAddress("::1", "127.0.0.1")).toBe(false);
    expect(isSameAddress("junk", "junk")).toBe(false);
  });
});
