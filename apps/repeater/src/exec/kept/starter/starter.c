/*
 * Starts the commands of `rpr`, one at a time, and tells how each ended: `starter FOLDER`.
 *
 * It is kept small, and lends its memory to a new process until that has become the command (vfork), where its host would have to copy
 * page tables. Each command leads a session of its own.
 *
 * Standard input: a token of 16 bytes, and then nothing until the host has ended or wants this to end; then all that commands have left
 * is killed, and the folder removed. Standard output: one byte when all is ready.
 * FOLDER/q: requests, as `struct request` and its words, each ended by a zero byte. FOLDER/a: answers, as `struct answer`.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define TOKEN_BYTES 16
/* Of its own words; the host writes whatever is larger into a file. */
#define MOST_REQUEST_BYTES 65536
/* More than any system takes for a command. */
#define MOST_FILE_BYTES (16 << 20)
/* At what was killed, each after a moment. */
#define MOST_LOOKS 100

enum request_kind {
  RUN = 1,   /* paths of both pipes, folder or nothing, command, its words with its own name first */
  WHO = 2,   /* no words; answered while something runs */
  PIPES = 3, /* paths to make two pipes at */
  READ = 4,  /* path of a file that holds the request */
};

struct request {
  uint32_t bytes; /* of the words */
  uint32_t kind;
  uint32_t words;
  uint32_t variables; /* after the words: NAME=value, instead of the variables of the run before */
  uint32_t has_variables;
};

enum answer_kind {
  ENDED = 1,   /* value: what waitpid tells */
  REFUSED = 2, /* value: the error of the system */
  RUNS = 3,
  MADE = 4, /* value: the error of the system, or 0 */
};

struct answer {
  unsigned char token[TOKEN_BYTES];
  uint32_t kind;
  int32_t pid;
  int32_t value;
};

static volatile sig_atomic_t has_news;
static sigset_t no_signals;
static unsigned char token[TOKEN_BYTES];
static const char *folder;
static int host, requests, answers;
static pid_t running;
static int is_patient;
static const struct sched_param plain;
/* Groups that lost their leader and go on. */
static pid_t *left;
static size_t left_count, left_room;
static char *variables;
static char **variable_list;

static void on_child(int signal) {
  (void)signal;
  has_news = 1;
}

_Noreturn static void end(int status);

static void *grown(void *memory, size_t bytes) {
  void *more = realloc(memory, bytes);
  if (more == NULL) end(1);
  return more;
}

static void leave(pid_t group) {
  if (kill(-group, 0) != 0) return;
  size_t kept = 0;
  for (size_t i = 0; i < left_count; i++) {
    if (kill(-left[i], 0) == 0) left[kept++] = left[i];
  }
  left_count = kept;
  if (left_count == left_room) left = grown(left, (left_room = 2 * left_room + 16) * sizeof *left);
  left[left_count++] = group;
}

/* A number that is a process again is another one's: the leaders of groups that were left are buried. */
static int kill_left(void) {
  int killed = 0;
  for (size_t i = 0; i < left_count; i++) {
    if (kill(left[i], 0) != 0 && kill(-left[i], SIGKILL) == 0) killed = 1;
  }
  return killed;
}

/* Ends everything, and waits until it is gone; not for the dead that nobody buries. */
_Noreturn static void end(int status) {
  const struct timespec moment = {.tv_nsec = 2000000};
  if (running > 0) {
    kill(-running, SIGKILL);
    while (waitpid(running, NULL, 0) < 0 && errno == EINTR) continue;
    leave(running);
  }
  for (int i = 0; i < MOST_LOOKS && kill_left(); i++) nanosleep(&moment, NULL);
  DIR *entries = opendir(folder);
  if (entries != NULL) {
    struct dirent *entry;
    while ((entry = readdir(entries)) != NULL) unlinkat(dirfd(entries), entry->d_name, 0);
    closedir(entries);
  }
  rmdir(folder);
  _exit(status);
}

static void tell(enum answer_kind kind, pid_t pid, int value) {
  struct answer answer = {.kind = kind, .pid = pid, .value = value};
  memcpy(answer.token, token, TOKEN_BYTES);
  if (write(answers, &answer, sizeof answer) != sizeof answer) end(1);
}

static void bury(void) {
  int status;
  for (pid_t pid; (pid = waitpid(-1, &status, WNOHANG)) > 0;) {
    if (pid != running) continue;
    running = 0;
    leave(pid);
    tell(ENDED, pid, status);
  }
}

/* In the new process: nobody may wait for a host that is gone, as opening a pipe does. */
static int opened(const char *path) {
  int pipe = open(path, O_WRONLY | O_NONBLOCK | O_CLOEXEC);
  if (pipe >= 0 && fcntl(pipe, F_SETFL, 0) != 0) return -1;
  return pipe;
}

/* Where `execvpe` looks for a program is said by the variables of this process. */
static void run(char **words) {
  static volatile int problem;
  environ = variable_list;
  problem = 0;
  pid_t pid = vfork();
  if (pid == 0) {
    int out, err;
    setsid();
    if (is_patient) sched_setscheduler(0, SCHED_OTHER, &plain);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if ((words[2][0] == 0 || chdir(words[2]) == 0) && (out = opened(words[0])) >= 0 && (err = opened(words[1])) >= 0 &&
        dup2(out, 1) == 1 && dup2(err, 2) == 2) {
      sigprocmask(SIG_SETMASK, &no_signals, NULL);
      execvp(words[3], words + 4);
    }
    problem = errno;
    _exit(127);
  }
  if (pid < 0) return tell(REFUSED, 0, errno);
  if (problem == 0) {
    running = pid;
    return;
  }
  while (waitpid(pid, NULL, 0) < 0 && errno == EINTR) continue;
  tell(REFUSED, pid, problem);
}

static void make_pipes(char **words) {
  int made = mkfifo(words[0], 0600) == 0 && mkfifo(words[1], 0600) == 0;
  tell(MADE, 0, made ? 0 : errno);
}

static char **list_of(char *words, uint32_t count, const char *after, char **list) {
  list = grown(list, (count + 1) * sizeof *list);
  for (uint32_t i = 0; i < count; i++) {
    if (words >= after) end(1);
    list[i] = words;
    words += strlen(words) + 1;
  }
  list[count] = NULL;
  return list;
}

static void read_file(const char *path);

/* The words are there as long as this takes, and end with a zero byte. */
static void serve(const struct request *request, char *words) {
  static char **list;
  const char *after = words + request->bytes;
  if (request->bytes > 0 && after[-1] != 0) end(1);
  list = list_of(words, request->words, after, list);
  if (request->has_variables) {
    size_t from = 0;
    for (uint32_t i = 0; i < request->words; i++) from += strlen(list[i]) + 1;
    variables = grown(variables, request->bytes - from + 1);
    memcpy(variables, words + from, request->bytes - from);
    variable_list = list_of(variables, request->variables, variables + (request->bytes - from), variable_list);
  }
  switch (request->kind) {
    case RUN:
      if (request->words < 5 || running > 0) end(1);
      return run(list);
    case WHO:
      if (running > 0) tell(RUNS, running, 0);
      return;
    case PIPES:
      if (request->words != 2) end(1);
      return make_pipes(list);
    case READ:
      if (request->words != 1) end(1);
      return read_file(list[0]);
    default:
      end(1);
  }
}

static void read_file(const char *path) {
  static char *bytes;
  struct stat facts;
  struct request request;
  int file = open(path, O_RDONLY | O_CLOEXEC);
  if (file < 0 || fstat(file, &facts) != 0 || facts.st_size < (off_t)sizeof request || facts.st_size > MOST_FILE_BYTES) end(1);
  bytes = grown(bytes, facts.st_size);
  for (off_t have = 0; have < facts.st_size;) {
    ssize_t got = read(file, bytes + have, facts.st_size - have);
    if (got <= 0) end(1);
    have += got;
  }
  close(file);
  memcpy(&request, bytes, sizeof request);
  if (request.kind == READ || request.bytes != facts.st_size - sizeof request) end(1);
  serve(&request, bytes + sizeof request);
}

static void read_requests(void) {
  static char bytes[MOST_REQUEST_BYTES];
  static size_t have;
  struct request request;
  ssize_t got = read(requests, bytes + have, sizeof bytes - have);
  if (got <= 0) return;
  have += got;
  size_t at = 0;
  while (have - at >= sizeof request) {
    memcpy(&request, bytes + at, sizeof request);
    if (request.bytes > sizeof bytes - sizeof request) end(1);
    if (have - at < sizeof request + request.bytes) break;
    serve(&request, bytes + at + sizeof request);
    at += sizeof request + request.bytes;
  }
  memmove(bytes, bytes + at, have -= at);
}

static int pipe_at(const char *name) {
  char path[4096];
  size_t length = strlen(folder);
  if (length + strlen(name) + 2 > sizeof path) _exit(1);
  memcpy(path, folder, length);
  path[length] = '/';
  strcpy(path + length + 1, name);
  /* For both ways: it has no end, and none has to wait for the other to open it. */
  return mkfifo(path, 0600) == 0 ? open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC) : -1;
}

static void begin(void) {
  sigset_t ends;
  struct sigaction action = {.sa_handler = on_child, .sa_flags = SA_NOCLDSTOP};
  for (size_t have = 0; have < TOKEN_BYTES;) {
    ssize_t got = read(0, token + have, TOKEN_BYTES - have);
    if (got <= 0) _exit(1);
    have += got;
  }
  requests = pipe_at("q");
  answers = pipe_at("a");
  host = fcntl(0, F_DUPFD_CLOEXEC, 3);
  int nothing = open("/dev/null", O_RDWR | O_CLOEXEC);
  /* Who has just asked goes on first, and is mostly done: both gain, since this then wakes on another processor. */
  is_patient = sched_getscheduler(0) == SCHED_OTHER && sched_setscheduler(0, SCHED_BATCH, &plain) == 0;
  /* Heard only while it waits. */
  if (sigemptyset(&ends) != 0 || sigaddset(&ends, SIGCHLD) != 0 || sigprocmask(SIG_BLOCK, &ends, NULL) != 0 ||
      sigaction(SIGCHLD, &action, NULL) != 0)
    end(1);
  if (requests < 0 || answers < 0 || host < 0 || nothing < 0 || write(1, "", 1) != 1) end(1);
  for (int stream = 0; stream < 3; stream++) {
    if (dup2(nothing, stream) != stream) end(1);
  }
}

int main(int count, char **words) {
  if (count != 2) return 2;
  folder = words[1];
  begin();
  for (;;) {
    struct pollfd both[2] = {{requests, POLLIN, 0}, {host, POLLIN, 0}};
    int ready = ppoll(both, 2, NULL, &no_signals);
    if (ready < 0 && errno != EINTR) end(1);
    if (has_news) {
      has_news = 0;
      bury();
    }
    if (ready <= 0) continue;
    if (both[1].revents != 0) end(0);
    if (both[0].revents != 0) read_requests();
  }
}
