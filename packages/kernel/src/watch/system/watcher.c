/*
 * Tells a host what happens in folders: `watcher`, one for each host.
 *
 * It watches as Node's fs.watch does, by inotify, and also tells when a file that was open for writing is closed: only then it is known
 * to be whole. It opens folders to see what is in them, and no file.
 *
 * Standard input: requests, each a `struct request` and a path. Its end is the end of the host, and of this.
 * Standard output: news, each a `struct news` and a name. While the host reads none, nothing more is asked of the system, whose queue
 * is bounded and says when it has overflowed.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

/* What fs.watch asks for, and IN_CLOSE_WRITE. */
#define ASKED (IN_ATTRIB | IN_CLOSE_WRITE | IN_CREATE | IN_DELETE | IN_DELETE_SELF | IN_MODIFY | IN_MOVED_FROM | IN_MOVED_TO | IN_MOVE_SELF)
#define MOST_PATH_BYTES 4096
/* A folder of more is no folder of code: what is beyond is not looked at. */
#define MOST_ENTRIES 10000
/* Times of files are those of a clock that ticks, some milliseconds late; later where a virtual machine waits for its processor. */
#define MOST_LATE_MS 50
/* Of file systems that keep no parts of a second. */
#define COARSE_MS 2000

struct request {
  uint32_t id;     /* of the host's choice; one that is watched is looked at anew: its path may lead elsewhere */
  uint32_t bytes;  /* of the path, with a zero byte at its end; 0: no longer watched */
  double since_ms; /* whatever changed from then on is news, also if it is not watched yet; since 1970 */
};

enum news_kind {
  CHANGED = 1, /* its attributes */
  RENAMED = 2, /* it came, went or is another one; without a name: the folder, or nobody knows what */
  WRITTEN = 3, /* while it is open */
  CLOSED = 4,  /* after it was open for writing */
  PLACED = 5,  /* as a whole, from elsewhere */
  WATCHED = 6, /* from now on: the answer to a request */
  REFUSED = 7, /* the other answer; value: the error of the system */
  MISSED = 8,  /* there was more than the system keeps: anything may have happened in all folders */
};

struct news {
  uint32_t id;
  uint32_t kind;
  uint32_t value; /* bytes of the name, if it is not REFUSED */
};

/* A folder has one number with the system, however many paths lead to it. */
struct watch {
  uint32_t id;
  int number;
};

static struct watch *watches;
static size_t watch_count, watch_room;
static int events;
static char out[65536];
static size_t out_bytes;

/* Waits for a host that does not read, but not for one that is gone. */
static void flush(void) {
  for (size_t at = 0; at < out_bytes;) {
    struct pollfd both[2] = {{1, POLLOUT, 0}, {0, 0, 0}};
    ssize_t put = write(1, out + at, out_bytes - at);
    if (put > 0) at += put;
    else if (put == 0 || (errno != EAGAIN && errno != EINTR)) _exit(0);
    else if (poll(both, 2, -1) > 0 && both[1].revents != 0) _exit(0);
  }
  out_bytes = 0;
}

static void tell(uint32_t id, enum news_kind kind, uint32_t value, const char *name) {
  struct news news = {id, kind, value};
  size_t bytes = name == NULL ? 0 : value;
  if (sizeof out - out_bytes < sizeof news + bytes) flush();
  memcpy(out + out_bytes, &news, sizeof news);
  if (bytes > 0) memcpy(out + out_bytes + sizeof news, name, bytes);
  out_bytes += sizeof news + bytes;
}

static struct watch *find(uint32_t id) {
  for (size_t i = 0; i < watch_count; i++) {
    if (watches[i].id == id) return &watches[i];
  }
  return NULL;
}

static void keep(uint32_t id, int number) {
  if (watch_count == watch_room) {
    watch_room = 2 * watch_room + 64;
    watches = realloc(watches, watch_room * sizeof *watches);
    if (watches == NULL) _exit(1);
  }
  watches[watch_count++] = (struct watch){id, number};
}

/* The last one to let go of a folder lets the system forget it. */
static void drop(struct watch *watch) {
  int number = watch->number;
  *watch = watches[--watch_count];
  for (size_t i = 0; i < watch_count; i++) {
    if (watches[i].number == number) return;
  }
  inotify_rm_watch(events, number);
}

/* By the time of its last change, which nobody can set. */
static int is_since(const struct stat *facts, double since_ms) {
  double changed_ms = facts->st_ctim.tv_sec * 1e3 + facts->st_ctim.tv_nsec / 1e6;
  return changed_ms + (facts->st_ctim.tv_nsec == 0 ? COARSE_MS : MOST_LATE_MS) >= since_ms;
}

/* A file that came or went changed its folder; one that was written changed itself. What is in folders further down is not asked. */
static int has_changed(const char *path, double since_ms) {
  struct stat facts;
  int found = stat(path, &facts) != 0 || is_since(&facts, since_ms);
  DIR *folder = found ? NULL : opendir(path);
  if (folder == NULL) return found;
  struct dirent *entry;
  for (int left = MOST_ENTRIES; !found && left > 0 && (entry = readdir(folder)) != NULL; left--) {
    if (entry->d_type == DT_DIR || fstatat(dirfd(folder), entry->d_name, &facts, AT_SYMLINK_NOFOLLOW) != 0) continue;
    found = !S_ISDIR(facts.st_mode) && is_since(&facts, since_ms);
  }
  closedir(folder);
  return found;
}

/* First watched, then looked at: what comes in between is told either way. */
static void watch(uint32_t id, const char *path, double since_ms) {
  int number = inotify_add_watch(events, path, ASKED);
  int error = errno;
  struct watch *before = find(id);
  if (number < 0) {
    if (before != NULL) drop(before);
    return tell(id, REFUSED, error, NULL);
  }
  if (before == NULL || before->number != number) {
    keep(id, number);
    /* Where keeping it made room, it lies elsewhere; and it is the first of the two. */
    if (before != NULL) drop(find(id));
    if (has_changed(path, since_ms)) tell(id, RENAMED, 0, NULL);
  }
  tell(id, WATCHED, 0, NULL);
}

static void serve(const struct request *request, const char *path) {
  if (request->bytes > 0) return watch(request->id, path, request->since_ms);
  struct watch *found = find(request->id);
  if (found != NULL) drop(found);
}

static void read_requests(void) {
  static char bytes[sizeof out];
  static size_t have;
  struct request request;
  ssize_t got = read(0, bytes + have, sizeof bytes - have);
  if (got < 0 && errno == EINTR) return;
  if (got <= 0) _exit(0);
  have += got;
  size_t at = 0;
  while (have - at >= sizeof request) {
    memcpy(&request, bytes + at, sizeof request);
    const char *path = bytes + at + sizeof request;
    if (request.bytes > MOST_PATH_BYTES) _exit(1);
    if (have - at < sizeof request + request.bytes) break;
    if (request.bytes > 0 && path[request.bytes - 1] != 0) _exit(1);
    serve(&request, path);
    at += sizeof request + request.bytes;
  }
  memmove(bytes, bytes + at, have -= at);
}

static enum news_kind kind_of(uint32_t mask) {
  if (mask & IN_ATTRIB) return CHANGED;
  if (mask & IN_MODIFY) return WRITTEN;
  if (mask & IN_CLOSE_WRITE) return CLOSED;
  return (mask & IN_MOVED_TO) && !(mask & IN_ISDIR) ? PLACED : RENAMED;
}

static void hear(const struct inotify_event *event) {
  if (event->mask & IN_Q_OVERFLOW) return tell(0, MISSED, 0, NULL);
  uint32_t bytes = event->len == 0 ? 0 : strlen(event->name);
  for (size_t i = watch_count; i-- > 0;) {
    if (watches[i].number != event->wd) continue;
    tell(watches[i].id, kind_of(event->mask), bytes, event->name);
    /* It is gone, and its number with it; the last one is looked at already. */
    if (event->mask & IN_IGNORED) watches[i] = watches[--watch_count];
  }
}

static void read_events(void) {
  static _Alignas(struct inotify_event) char bytes[sizeof out];
  ssize_t got = read(events, bytes, sizeof bytes);
  if (got < 0 && (errno == EINTR || errno == EAGAIN)) return;
  if (got <= 0) _exit(1);
  for (ssize_t at = 0; at < got;) {
    const struct inotify_event *event = (const struct inotify_event *)(bytes + at);
    hear(event);
    at += sizeof *event + event->len;
  }
}

int main(void) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  /* A terminal, and whatever ends a service, tell all processes to end: the host is the one to say when. */
  for (const int *one = (const int[]){SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGPIPE, 0}; *one != 0; one++) signal(*one, SIG_IGN);
  events = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
  if (events < 0 || fcntl(1, F_SETFL, O_NONBLOCK) != 0) return 1;
  for (;;) {
    struct pollfd both[2] = {{events, POLLIN, 0}, {0, POLLIN, 0}};
    if (poll(both, 2, -1) < 0 && errno != EINTR) return 1;
    if (both[0].revents != 0) read_events();
    if (both[1].revents != 0) read_requests();
    flush();
  }
}
