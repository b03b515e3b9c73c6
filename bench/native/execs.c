/* Runs a program and writes down every program that it and its descendants execute, seen from
 * outside by ptrace, so that nothing about the build (compiler path, wrapper, environment)
 * differs from an ordinary one. For the n-th exec, DIRECTORY/n.argv, n.environ and n.cwd are the
 * kernel's own NUL-separated records. Linux only. Exit status: that of the program.
 * Usage: execs DIRECTORY PROGRAM [ARGUMENT...] */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

static const char *directory;
static long recorded = 0;

static int create(const char *kind) {
  char path[4096];
  snprintf(path, sizeof path, "%s/%ld.%s", directory, recorded, kind);
  return open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
}

static void copy_record(pid_t pid, const char *record, const char *kind) {
  char path[64];
  snprintf(path, sizeof path, "/proc/%d/%s", (int)pid, record);
  const int from = open(path, O_RDONLY | O_CLOEXEC);
  const int to = create(kind);
  char buffer[65536];
  ssize_t got;
  while (from >= 0 && to >= 0 && (got = read(from, buffer, sizeof buffer)) > 0) {
    if (write(to, buffer, (size_t)got) != got) break;
  }
  if (from >= 0) close(from);
  if (to >= 0) close(to);
}

static void record_exec(pid_t pid) {
  char link[64], cwd[4096];
  copy_record(pid, "cmdline", "argv");
  copy_record(pid, "environ", "environ");
  snprintf(link, sizeof link, "/proc/%d/cwd", (int)pid);
  const ssize_t length = readlink(link, cwd, sizeof cwd);
  const int to = create("cwd");
  if (to >= 0) {
    if (length > 0 && write(to, cwd, (size_t)length) != length) perror("execs: write");
    close(to);
  }
  recorded++;
}

/* What a stopped tracee is to be continued with. */
static void resume(pid_t pid, int status) {
  const int event = status >> 16, signal = WSTOPSIG(status);
  const int group_stop =
      signal == SIGSTOP || signal == SIGTSTP || signal == SIGTTIN || signal == SIGTTOU;
  if (event == PTRACE_EVENT_EXEC) record_exec(pid);
  if (event == PTRACE_EVENT_STOP && group_stop) {
    ptrace(PTRACE_LISTEN, pid, 0, 0);
  } else {
    ptrace(PTRACE_CONT, pid, 0, event == 0 ? signal : 0);
  }
}

/* Follows the tree until the first process ends; what it left in the background is let go. */
static int follow(pid_t root) {
  for (;;) {
    int status = 0;
    const pid_t pid = waitpid(-1, &status, __WALL);
    if (pid < 0 && errno == EINTR) continue;
    if (pid < 0) return 125;
    if (WIFSTOPPED(status)) {
      resume(pid, status);
    } else if (pid == root) {
      return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    }
  }
}

int main(int argc, char **argv) {
  if (argc < 3) {
    fprintf(stderr, "usage: execs DIRECTORY PROGRAM [ARGUMENT...]\n");
    return 2;
  }
  directory = argv[1];
  int gate[2];
  if (pipe2(gate, O_CLOEXEC) != 0) return 125;
  const pid_t child = fork();
  if (child < 0) return 125;
  if (child == 0) {
    char go;
    if (read(gate[0], &go, 1) != 1) _exit(125);
    execvp(argv[2], argv + 2);
    fprintf(stderr, "execs: %s: %s\n", argv[2], strerror(errno));
    _exit(127);
  }
  const long options =
      PTRACE_O_TRACEEXEC | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | PTRACE_O_TRACECLONE;
  if (ptrace(PTRACE_SEIZE, child, 0, options) != 0) {
    fprintf(stderr, "execs: cannot watch the build with ptrace: %s\n", strerror(errno));
    kill(child, SIGKILL);
    return 125;
  }
  if (write(gate[1], "g", 1) != 1) return 125;
  return follow(child);
}
