/** Calls refused to every sandboxed program, by what they reach. Names that an architecture lacks are passed over. */
export const DENIED_CALLS: Readonly<Record<string, readonly string[]>> = {
  "other processes": names(
    "ptrace process_vm_readv process_vm_writev kcmp pidfd_getfd process_madvise process_mrelease migrate_pages move_pages",
  ),
  namespaces: names("unshare setns"),
  mounts: names(
    "mount umount2 pivot_root chroot fsopen fsconfig fsmount fspick move_mount open_tree open_tree_attr mount_setattr",
    "statmount listmount quotactl quotactl_fd",
  ),
  "files by handle, device nodes": names(
    "name_to_handle_at open_by_handle_at mknod mknodat fanotify_init fanotify_mark lookup_dcookie",
  ),
  // Each has been a way into the kernel, and io_uring makes calls that no filter sees.
  "kernel interfaces": names(
    "io_uring_setup io_uring_enter io_uring_register io_setup io_submit bpf perf_event_open userfaultfd",
    "add_key request_key keyctl modify_ldt uselib nfsservctl vserver _sysctl sysfs afs_syscall uretprobe",
    "set_mempolicy_home_node mbind set_mempolicy cachestat lsm_set_self_attr",
  ),
  "the machine": names(
    "kexec_load kexec_file_load reboot swapon swapoff acct syslog vhangup iopl ioperm personality sethostname setdomainname",
    "init_module finit_module delete_module create_module query_module get_kernel_syms",
    "settimeofday clock_settime clock_adjtime adjtimex",
  ),
  identity: names("setuid setgid setreuid setregid setresuid setresgid setfsuid setfsgid setgroups capset"),
  // RLIMIT_DATA counts private memory alone, so memory that is shared must not be had; mremap could make a stack, which is not
  // counted either, as large as it likes. The C library does without.
  "memory outside the limit": names(
    "memfd_create memfd_secret shmget shmat shmctl shmdt semget semop semtimedop semctl msgget msgsnd msgrcv msgctl",
    "mq_open mq_unlink mq_timedsend mq_timedreceive mq_notify mq_getsetattr remap_file_pages mremap",
  ),
};

/** What namespaces would have kept apart, refused where there are none. Landlock gates neither metadata nor watching. */
export const DENIED_WITHOUT_NAMESPACES: Readonly<Record<string, readonly string[]>> = {
  "metadata of files": names(
    "chmod fchmod fchmodat fchmodat2 chown fchown lchown fchownat utime utimes futimesat utimensat file_setattr",
    "setxattr lsetxattr fsetxattr setxattrat removexattr lremovexattr fremovexattr removexattrat",
  ),
  watching: names("inotify_init inotify_init1 inotify_add_watch"),
  // What a program started must stay in the process group by which all of it is ended.
  "leaving the process group": names("setsid setpgid"),
  // A socket that listens without bind() gets a port that Landlock never saw.
  listening: names("listen accept accept4"),
  "other processes of the user": names("rt_sigqueueinfo rt_tgsigqueueinfo tkill pidfd_open pidfd_send_signal"),
};

/** Landlock gates cutting files short from its third version on. */
export const DENIED_BEFORE_LANDLOCK_3: readonly string[] = names("truncate");

function names(...lines: string[]): string[] {
  return lines.flatMap((line) => line.split(" "));
}
