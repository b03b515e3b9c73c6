// Eight threads, ten thousand opens each; with an argument, killed by its own signal half-way.
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#define THREADS 8
#define EVENTS 10000

static int dies;

static void *work(void *argument) {
  char path[64];
  for (int event = 0; event < EVENTS; event++) {
    snprintf(path, sizeof path, "none/%ld/%d", (long)argument, event);
    if (open(path, O_RDONLY) >= 0) return argument;
    if (dies && event == EVENTS / 2) raise(SIGKILL);
  }
  return NULL;
}

int main(int count, char **arguments) {
  pthread_t threads[THREADS];
  dies = count > 1 && arguments[1] != NULL;
  for (long at = 0; at < THREADS; at++) pthread_create(&threads[at], NULL, work, (void *)at);
  for (int at = 0; at < THREADS; at++) pthread_join(threads[at], NULL);
  return 0;
}
