// What no script can try. Started as: native WHAT; says "ok" or an error's number, and for "outlive" waits after "there".
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static char *self;

static int say(long result) {
    if (result == -1) printf("errno %d\n", errno);
    else printf("ok\n");
    return 0;
}

static void *nothing(void *unused) { return unused; }

// A thread that becomes another program takes its process over, and with it forgets to die with its parent.
static void *become_again(void *unused) {
    char *argv[] = {self, "again", NULL}, *env[] = {NULL};
    execve(self, argv, env);
    return unused;
}

static int thread(void) {
    pthread_t id;
    int error = pthread_create(&id, NULL, nothing, NULL);
    if (error == 0) pthread_join(id, NULL);
    printf(error == 0 ? "ok\n" : "errno %d\n", error);
    return 0;
}

static int grow_stack(void) {
    unsigned long page = (unsigned long)&page & ~4095ul;
    return say((long)mremap((void *)page, 4096, 400ul << 20, MREMAP_MAYMOVE));
}

static int raise_stack(void) {
    struct rlimit larger = {1ul << 30, 1ul << 30};
    return say(setrlimit(RLIMIT_STACK, &larger));
}

static int foreign_call(void) {
#ifdef __x86_64__
    long result;
    __asm__ volatile("int $0x80" : "=a"(result) : "a"(20));
    printf("ok %ld\n", result);
#endif
    return 0;
}

static int x32_call(void) { return say(syscall(0x40000000 | 39)); }
static int spawn(void) { return say(vfork()); }

static int outlive(void) {
    pthread_t id;
    pthread_create(&id, NULL, become_again, NULL);
    for (;;) pause();
}

int main(int argc, char **argv) {
    setvbuf(stdout, NULL, _IONBF, 0);
    self = argv[0];
    const char *what = argc > 1 ? argv[1] : "";
    if (!strcmp(what, "thread")) return thread();
    if (!strcmp(what, "grow-stack")) return grow_stack();
    if (!strcmp(what, "raise-stack")) return raise_stack();
    if (!strcmp(what, "foreign-call")) return foreign_call();
    if (!strcmp(what, "x32-call")) return x32_call();
    if (!strcmp(what, "spawn")) return spawn();
    if (!strcmp(what, "outlive")) return outlive();
    if (!strcmp(what, "again")) {
        int signal = -1;
        prctl(PR_GET_PDEATHSIG, &signal);
        printf("there %d\n", signal);
        for (;;) pause();
    }
    return 2;
}
