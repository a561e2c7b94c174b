/* A service that counts primes: cc -O2 -pthread -o primes primes.c
 *
 * The host writes one message a line, without spaces, its members in the order jsonrpc, id, method, params. So a few searches
 * in the line are all the JSON that this needs. */
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct Call {
  struct Call *next;
  long id, below;
  char instance[128];
  atomic_bool is_given_up;
} Call;

static FILE *host;
static Call *calls;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
/* Ids count up in the order in which they are sent, so this is used under the lock of `host` alone. */
static long asked;

/* What follows `name` in the message; an empty text when it is not there. */
static const char *after(const char *message, const char *name) {
  const char *found = strstr(message, name);
  return found ? found + strlen(name) : "";
}

static bool starts_with(const char *text, const char *start) { return strncmp(text, start, strlen(start)) == 0; }

#define SEND(...) (flockfile(host), fprintf(host, __VA_ARGS__), fputc('\n', host), fflush(host), funlockfile(host))

static bool is_prime(long number) {
  for (long factor = 2; factor * factor <= number; factor++)
    if (number % factor == 0) return false;
  return number > 1;
}

static void forget(Call *call) {
  pthread_mutex_lock(&lock);
  Call **place = &calls;
  while (*place != call) place = &(*place)->next;
  *place = call->next;
  pthread_mutex_unlock(&lock);
  free(call);
}

static void *count(void *argument) {
  Call *call = argument;
  long found = 0;
  for (long number = 2; number < call->below && !call->is_given_up; number++) found += is_prime(number);
  if (call->is_given_up) {
    SEND("{\"jsonrpc\":\"2.0\",\"id\":%ld,\"error\":{\"code\":-32000,\"message\":\"given up\"}}", call->id);
  } else {
    /* Nobody waits for the answer of the store. */
    SEND("{\"jsonrpc\":\"2.0\",\"id\":%ld,\"method\":\"store.set\","
         "\"params\":{\"instanceId\":\"%s\",\"key\":\"last\",\"value\":%ld}}", ++asked, call->instance, found);
    SEND("{\"jsonrpc\":\"2.0\",\"method\":\"log\",\"params\":{\"instanceId\":\"%s\","
         "\"entry\":{\"level\":\"info\",\"message\":\"%ld primes below %ld\"}}}", call->instance, found, call->below);
    SEND("{\"jsonrpc\":\"2.0\",\"id\":%ld,\"result\":{\"value\":%ld}}", call->id, found);
  }
  forget(call);
  return NULL;
}

/* Each call has a thread: the main one must go on reading to hear that a call is given up. */
static void start(long id, const char *message) {
  Call *call = calloc(1, sizeof *call);
  call->id = id;
  call->below = atol(after(message, "\"args\":["));
  sscanf(after(message, "\"instanceId\":\""), "%127[^\"]", call->instance);
  pthread_mutex_lock(&lock);
  call->next = calls;
  calls = call;
  pthread_mutex_unlock(&lock);
  pthread_t thread;
  if (pthread_create(&thread, NULL, count, call) == 0) {
    pthread_detach(thread);
  } else {
    SEND("{\"jsonrpc\":\"2.0\",\"id\":%ld,\"error\":{\"code\":-32000,\"message\":\"too much to do\"}}", id);
    forget(call);
  }
}

static void give_up(long id) {
  pthread_mutex_lock(&lock);
  for (Call *call = calls; call; call = call->next)
    if (call->id == id) call->is_given_up = true;
  pthread_mutex_unlock(&lock);
}

static const char *answer_to(const char *method) {
  if (starts_with(method, "hello\""))
    return "{\"protocol\":1,\"contributions\":[{\"id\":\"service/primes\",\"description\":\"Counts primes\"}]}";
  if (starts_with(method, "config.check\"")) return "{\"issues\":[]}";
  if (starts_with(method, "instance.open\"")) return "{\"members\":[\"countBelow\"]}";
  if (starts_with(method, "plugin.health\"")) return "{\"health\":\"healthy\"}";
  return "null";
}

int main(void) {
  int channel = atoi(getenv("BERTH_FD"));
  host = fdopen(channel, "w");
  FILE *from_host = fdopen(channel, "r");
  char *line = NULL;
  size_t room = 0;
  while (getline(&line, &room, from_host) > 0) {
    const char *method = after(line, "\"method\":\"");
    long id = atol(after(line, "\"id\":"));
    if (starts_with(method, "$/cancel\"")) give_up(id);
    else if (starts_with(method, "call\"")) start(id, line);
    else if (*method && id) SEND("{\"jsonrpc\":\"2.0\",\"id\":%ld,\"result\":%s}", id, answer_to(method));
  }
  return 0; /* The host has hung up. */
}
