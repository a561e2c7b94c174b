/**
 * The system calls that a manifest may name (`permissions.system_calls`), by what they need. A plugin reaches the world through
 * capabilities, so a call is allowed as part of one: naming `connect` without asking for a host opens nothing. What the list does by
 * itself is take away: of a kind that none of its names is of, the sandbox refuses every call that the runtime can do without.
 */

/**
 * What a call needs: nothing but the program's own memory, threads, time and open files; the permission for files, the network
 * or programs; or what no plugin gets.
 */
export type SystemCallNeed = "nothing" | "filesystem" | "network" | "programs" | "refused";

/** A kind of calls that is refused where none of them was named. */
export type SystemCallGroup = "file changes" | "sockets" | "programs";

interface Kind {
  readonly need: SystemCallNeed;
  /** What falls away with it; absent for what the runtime itself cannot do without. */
  readonly group?: SystemCallGroup;
  readonly calls: readonly string[];
}

const KINDS: readonly Kind[] = [
  {
    need: "nothing",
    calls: names(
      "read write close fstat poll lseek mmap mprotect munmap brk rt_sigaction rt_sigprocmask rt_sigreturn ioctl pread64 pwrite64",
      "readv writev preadv pwritev preadv2 pwritev2 pipe pipe2 select pselect6 ppoll sched_yield mremap msync mincore madvise dup dup2",
      "dup3 pause nanosleep getitimer setitimer alarm getpid getppid gettid sendfile splice tee vmsplice copy_file_range exit exit_group",
      "uname fcntl flock fsync fdatasync sync_file_range ftruncate fadvise64 readahead getcwd umask gettimeofday getrlimit setrlimit",
      "prlimit64 getrusage sysinfo times time getuid getgid geteuid getegid getgroups getresuid getresgid getpgid getpgrp getsid capget",
      "rt_sigpending rt_sigtimedwait rt_sigqueueinfo rt_tgsigqueueinfo rt_sigsuspend sigaltstack signalfd signalfd4 kill tkill tgkill",
      "pidfd_open pidfd_send_signal getpriority setpriority sched_setparam sched_getparam sched_setscheduler sched_getscheduler",
      "sched_get_priority_max sched_get_priority_min sched_rr_get_interval sched_setaffinity sched_getaffinity sched_setattr",
      "sched_getattr ioprio_get ioprio_set mlock mlock2 munlock mlockall munlockall prctl arch_prctl futex futex_waitv futex_wake",
      "futex_wait futex_requeue set_thread_area get_thread_area set_tid_address set_robust_list get_robust_list restart_syscall",
      "clone clone3 rseq membarrier getcpu get_mempolicy epoll_create epoll_create1 epoll_ctl epoll_wait epoll_pwait epoll_pwait2",
      "eventfd eventfd2 timerfd_create timerfd_settime timerfd_gettime timer_create timer_settime timer_gettime timer_getoverrun",
      "timer_delete clock_gettime clock_getres clock_nanosleep getrandom close_range seccomp pkey_mprotect pkey_alloc pkey_free",
      "map_shadow_stack mseal io_getevents io_cancel io_destroy io_pgetevents sync syncfs landlock_create_ruleset landlock_add_rule",
      "landlock_restrict_self lsm_get_self_attr lsm_list_modules",
    ),
  },
  {
    need: "filesystem",
    calls: names(
      "open openat openat2 stat lstat newfstatat statx access faccessat faccessat2 readlink readlinkat getdents getdents64 statfs fstatfs",
      "ustat chdir fchdir getxattr lgetxattr fgetxattr getxattrat listxattr llistxattr flistxattr listxattrat file_getattr",
      "inotify_init inotify_init1 inotify_add_watch inotify_rm_watch fallocate",
    ),
  },
  {
    need: "filesystem",
    group: "file changes",
    calls: names(
      "rename renameat renameat2 mkdir mkdirat rmdir creat link linkat unlink unlinkat symlink symlinkat truncate chmod fchmod fchmodat",
      "fchmodat2 chown fchown lchown fchownat utime utimes futimesat utimensat setxattr lsetxattr fsetxattr setxattrat removexattr",
      "lremovexattr fremovexattr removexattrat file_setattr",
    ),
  },
  {
    need: "network",
    group: "sockets",
    calls: names("socket connect accept accept4 bind listen"),
  },
  {
    // The channel to the host is a socket, too.
    need: "network",
    calls: names(
      "socketpair sendto recvfrom sendmsg recvmsg sendmmsg recvmmsg shutdown getsockname getpeername setsockopt getsockopt",
    ),
  },
  { need: "programs", group: "programs", calls: names("fork vfork execve execveat setsid setpgid") },
  { need: "programs", calls: names("wait4 waitid") },
  {
    need: "refused",
    calls: names(
      "ptrace process_vm_readv process_vm_writev kcmp pidfd_getfd process_madvise process_mrelease migrate_pages move_pages",
      "unshare setns mount umount2 pivot_root chroot fsopen fsconfig fsmount fspick move_mount open_tree open_tree_attr mount_setattr",
      "statmount listmount quotactl quotactl_fd name_to_handle_at open_by_handle_at mknod mknodat fanotify_init fanotify_mark",
      "lookup_dcookie io_uring_setup io_uring_enter io_uring_register io_setup io_submit bpf perf_event_open userfaultfd add_key",
      "request_key keyctl modify_ldt uselib nfsservctl vserver _sysctl sysfs afs_syscall uretprobe set_mempolicy_home_node mbind",
      "set_mempolicy cachestat lsm_set_self_attr kexec_load kexec_file_load reboot swapon swapoff acct syslog vhangup iopl ioperm",
      "personality sethostname setdomainname init_module finit_module delete_module create_module query_module get_kernel_syms",
      "settimeofday clock_settime clock_adjtime adjtimex setuid setgid setreuid setregid setresuid setresgid setfsuid setfsgid setgroups",
      "capset memfd_create memfd_secret shmget shmat shmctl shmdt semget semop semtimedop semctl msgget msgsnd msgrcv msgctl mq_open",
      "mq_unlink mq_timedsend mq_timedreceive mq_notify mq_getsetattr remap_file_pages",
      "getpmsg putpmsg tuxcall security epoll_ctl_old epoll_wait_old",
    ),
  },
];

/** What a call of Linux needs; `undefined` when there is no such call. */
export function systemCallNeed(name: string): SystemCallNeed | undefined {
  return KINDS.find(({ calls }) => calls.includes(name))?.need;
}

/** All calls that are known, for a hint at what was meant. */
export function systemCallNames(): string[] {
  return KINDS.flatMap(({ calls }) => calls);
}

/** The names of a list by what they need, unknown ones left out. */
export function systemCallNeeds(list: readonly string[]): ReadonlyMap<SystemCallNeed, readonly string[]> {
  const needs = new Map<SystemCallNeed, string[]>();
  for (const name of list) {
    const need = systemCallNeed(name);
    if (need !== undefined) needs.set(need, [...(needs.get(need) ?? []), name]);
  }
  return needs;
}

/** What the sandbox refuses a plugin that names `list` and nothing else, beside what it refuses to every plugin. */
export function callsBeyond(list: readonly string[]): { groups: SystemCallGroup[]; calls: string[] } {
  const needs = systemCallNeeds(list);
  const beyond = KINDS.filter(({ need, group }) => group !== undefined && !needs.has(need));
  return { groups: beyond.map(({ group }) => group!), calls: beyond.flatMap(({ calls }) => calls) };
}

function names(...lines: string[]): readonly string[] {
  return lines.flatMap((line) => line.split(" "));
}
