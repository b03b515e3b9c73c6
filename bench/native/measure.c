/* Runs one program and writes what it cost to a file: wall time in nanoseconds, peak resident
 * set in kilobytes (the largest single process of the tree, as wait4 reports it), user and
 * system time in microseconds, exit status. Exists because a child started by a large program
 * inherits that program's peak as its own (Linux counts the memory shared until exec), so the
 * benchmark itself, some 60 MB, would hide the figure it wants.
 * Usage: measure RESULT PROGRAM [ARGUMENT...] */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static long long now_ns(void) {
  struct timespec at;
  clock_gettime(CLOCK_MONOTONIC, &at);
  return at.tv_sec * 1000000000LL + at.tv_nsec;
}

static long long micros(struct timeval time) { return time.tv_sec * 1000000LL + time.tv_usec; }

int main(int argc, char **argv) {
  if (argc < 3) {
    fprintf(stderr, "usage: measure RESULT PROGRAM [ARGUMENT...]\n");
    return 2;
  }
  const long long started = now_ns();
  const pid_t child = fork();
  if (child < 0) {
    fprintf(stderr, "measure: fork: %s\n", strerror(errno));
    return 125;
  }
  if (child == 0) {
    execvp(argv[2], argv + 2);
    fprintf(stderr, "measure: %s: %s\n", argv[2], strerror(errno));
    _exit(127);
  }
  int status = 0;
  struct rusage usage;
  while (wait4(child, &status, 0, &usage) < 0) {
    if (errno != EINTR) return 125;
  }
  const long long wall = now_ns() - started;
  const int code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
#ifdef __APPLE__
  const long peak = usage.ru_maxrss / 1024; /* bytes there, kilobytes elsewhere */
#else
  const long peak = usage.ru_maxrss;
#endif
  FILE *out = fopen(argv[1], "w");
  if (out == NULL) {
    fprintf(stderr, "measure: %s: %s\n", argv[1], strerror(errno));
    return 125;
  }
  fprintf(out, "%lld %ld %lld %lld %d\n", wall, peak, micros(usage.ru_utime),
          micros(usage.ru_stime), code);
  return fclose(out) == 0 ? code : 125;
}
