import type { FilterOptions } from "./filter-options.ts";
import { EACCES, ENOMEM, EPERM } from "./errno.ts";
import { OWN_PID } from "./own-pid.ts";
import type { Check, Rule } from "./rule.ts";

/** What of {@link FilterOptions} decides about arguments. */
type Options = Pick<FilterOptions, "mayStartPrograms" | "socketFamilies" | "landlockAbi">;

const AF_UNIX = 1;
const AF_INET = 2;
const AF_INET6 = 10;
const SOCK_TYPE_MASK = 0xf;
const SOCK_STREAM = 1;
const SOCK_DGRAM = 2;
const SOCK_SEQPACKET = 5;
const IPPROTO_DEFAULT = 0;
const IPPROTO_TCP = 6;
const IPPROTO_UDP = 17;
const MSG_FASTOPEN = 0x2000_0000;

const CLONE_THREAD = 0x1_0000;
/** CLONE_NEWNS, NEWCGROUP, NEWUTS, NEWIPC, NEWUSER, NEWPID, NEWNET. */
const CLONE_NEW = 0x7e02_0000;

const MAP_SHARED_ANONYMOUS = 0x21;
const MAP_GROWSDOWN = 0x100;

const TIOCSTI = 0x5412;
const TIOCLINUX = 0x541c;
const FIOSETOWN = 0x8901;
const SIOCSPGRP = 0x8902;

/** Whoever else opens the file waits for its holder. */
const F_SETLEASE = 1_024;
const F_SETOWN = 8;
const F_SETSIG = 10;
const F_SETOWN_EX = 15;
const F_NOTIFY = 1_026;

const PR_SET_PDEATHSIG = 1;
const PR_SET_MM = 35;
const PR_SCHED_CORE = 62;
const PR_SET_PTRACER = 0x5961_6d61;

/** S_ISUID and S_ISGID: whoever starts the program becomes its owner, which may be the host's user, or gets its group. */
const BECOMES_OWNER = 0o6000;

const O_ACCMODE_TRUNC = 0o1003;
const O_RDONLY_TRUNC = 0o1000;

/** Landlock keeps signals within the sandbox from this version on. */
const ABI_WITH_SIGNALS = 6;
/** … and tells TCP ports apart from this one on. */
const ABI_WITH_PORTS = 4;

/** Rules for calls that are refused by what they ask. */
export function argumentRules(options: Options): Rule[] {
  return joined([
    cloneRule(options),
    ...socketRules(options),
    // Shared memory without a file is not counted by RLIMIT_DATA, and neither is a mapping that calls itself a stack.
    { call: "mmap", checks: [refuseBits(3, MAP_SHARED_ANONYMOUS, ENOMEM), refuseBits(3, MAP_GROWSDOWN, ENOMEM)] },
    {
      call: "ioctl",
      checks: [refuseThese(1, [TIOCSTI, TIOCLINUX, ...withoutNamespaces(options, [FIOSETOWN, SIOCSPGRP])])],
    },
    // It must die with its parent, and no other process may be let at it.
    { call: "prctl", checks: [refuseThese(0, [PR_SET_PDEATHSIG, PR_SET_MM, PR_SCHED_CORE, PR_SET_PTRACER])] },
    ...modeRules(),
    { call: "fcntl", checks: [refuseThese(1, [F_SETLEASE])] },
    ...withoutNamespaces(options, rulesWithoutNamespaces(options.landlockAbi ?? 0)),
  ]);
}

/** One rule a call, with the checks of all that there are for it. */
function joined(rules: readonly Rule[]): Rule[] {
  const byCall = Map.groupBy(rules, ({ call }) => call);
  return [...byCall].map(([call, same]) => {
    const [first] = same;
    return first?.errno === undefined ? { call, checks: same.flatMap(({ checks = [] }) => checks) } : first;
  });
}

/** Files outlive the sandbox, and others of the machine may be able to start them. A mode is 0 where no file is made. */
function modeRules(): Rule[] {
  const modes = { chmod: 1, fchmod: 1, fchmodat: 2, fchmodat2: 2, creat: 1, open: 2, openat: 3 };
  return Object.entries(modes).map(([call, argument]) => ({
    call,
    checks: [allowOnlyMasked(argument, BECOMES_OWNER, 0)],
  }));
}

function cloneRule({ mayStartPrograms }: Options): Rule {
  return {
    call: "clone",
    checks: [
      allowOnlyMasked(0, CLONE_NEW, 0),
      ...(mayStartPrograms ? [] : [allowOnlyMasked(0, CLONE_THREAD, CLONE_THREAD)]),
    ],
  };
}

function socketRules({ socketFamilies, landlockAbi }: Options): Rule[] {
  const isApart = landlockAbi === undefined;
  const hasInet = socketFamilies.includes("inet") && (isApart || landlockAbi >= ABI_WITH_PORTS);
  const families = [
    ...(socketFamilies.includes("unix") && isApart ? [AF_UNIX] : []),
    ...(hasInet ? [AF_INET, AF_INET6] : []),
  ];
  const types = isApart ? [SOCK_STREAM, SOCK_DGRAM, SOCK_SEQPACKET] : [SOCK_STREAM];
  const socket: Rule =
    families.length === 0
      ? { call: "socket", errno: EACCES }
      : {
          call: "socket",
          checks: [
            allowOnly(0, families, EACCES),
            { ...allowOnly(1, types, EACCES), mask: SOCK_TYPE_MASK },
            allowOnly(2, [IPPROTO_DEFAULT, IPPROTO_TCP, IPPROTO_UDP], EACCES),
          ],
        };
  // A pair of datagram sockets can still send to an address.
  const pair: Rule = {
    call: "socketpair",
    checks: [allowOnly(0, [AF_UNIX], EACCES), { ...allowOnly(1, types, EACCES), mask: SOCK_TYPE_MASK }],
  };
  return [socket, pair];
}

function rulesWithoutNamespaces(abi: number): Rule[] {
  const own: Rule[] = [
    { call: "kill", checks: [allowOnly(0, [OWN_PID])] },
    { call: "tgkill", checks: [allowOnly(0, [OWN_PID])] },
  ];
  const whole: Rule[] = ["open", "openat"].map((call, argument) => ({
    call,
    checks: [
      { argument: argument + 1, mask: O_ACCMODE_TRUNC, values: [O_RDONLY_TRUNC], refuse: "these", errno: EPERM },
    ],
  }));
  return [
    ...(abi < ABI_WITH_SIGNALS ? own : []),
    ...(abi < 3 ? whole : []),
    // Opens a connection without connect(), which alone Landlock asks about.
    { call: "sendto", checks: [refuseBits(3, MSG_FASTOPEN)] },
    { call: "sendmsg", checks: [refuseBits(2, MSG_FASTOPEN)] },
    { call: "sendmmsg", checks: [refuseBits(3, MSG_FASTOPEN)] },
    { call: "fcntl", checks: [refuseThese(1, [F_SETOWN, F_SETSIG, F_SETOWN_EX, F_NOTIFY])] },
    // Limits and priorities of the host could be changed, which has the same user.
    { call: "prlimit64", checks: [allowOnly(0, [0])] },
    ...["sched_setaffinity", "sched_setparam", "sched_setscheduler", "sched_setattr"].map((call) => ({
      call,
      checks: [allowOnly(0, [0])],
    })),
    { call: "setpriority", checks: [allowOnly(0, [0]), allowOnly(1, [0])] },
    { call: "ioprio_set", checks: [allowOnly(0, [1]), allowOnly(1, [0])] },
  ];
}

function withoutNamespaces<T>({ landlockAbi }: Options, items: T[]): T[] {
  return landlockAbi === undefined ? [] : items;
}

function refuseThese(argument: number, values: number[]): Check {
  return { argument, values, refuse: "these", errno: EPERM };
}

/** Refuses when all of `bits` are set. */
function refuseBits(argument: number, bits: number, errno = EPERM): Check {
  return { argument, mask: bits, values: [bits], refuse: "these", errno };
}

function allowOnly(argument: number, values: number[], errno = EPERM): Check {
  return { argument, values, refuse: "others", errno };
}

function allowOnlyMasked(argument: number, mask: number, value: number): Check {
  return { argument, mask, values: [value], refuse: "others", errno: EPERM };
}
