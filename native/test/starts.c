// Starts a program by the function named in the first argument, waits, and exits with its status.
#define _GNU_SOURCE
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

static void exec_as(const char *form, const char *path, char **arguments) {
  char *nothing[] = {NULL};
  if (strcmp(form, "execve") == 0) execve(path, arguments, environ);
  if (strcmp(form, "execv") == 0) execv(path, arguments);
  if (strcmp(form, "execvp") == 0) execvp(path, arguments);
  if (strcmp(form, "execvpe") == 0) execvpe(path, arguments, environ);
  if (strcmp(form, "execl") == 0) execl(path, arguments[0], arguments[1], NULL);
  if (strcmp(form, "execlp") == 0) execlp(path, arguments[0], arguments[1], NULL);
  if (strcmp(form, "execle") == 0) execle(path, arguments[0], arguments[1], NULL, environ);
  if (strcmp(form, "fexecve") == 0) {
    fexecve(open(path, O_RDONLY | O_CLOEXEC), arguments, environ);
  }
  if (strcmp(form, "execveat") == 0) execveat(AT_FDCWD, path, arguments, environ, 0);
  if (strcmp(form, "syscall") == 0) syscall(SYS_execve, path, arguments, environ);
  if (strcmp(form, "cleared") == 0) execve(path, arguments, nothing);
  if (strcmp(form, "vfork") == 0) execv(path, arguments);
}

int main(int count, char **arguments) {
  if (count < 3) return 2;
  const char *form = arguments[1];
  const char *path = arguments[2];
  char **rest = arguments + 2;
  pid_t child = 0;
  int status = 0;
  if (strcmp(form, "posix_spawn") == 0) {
    if (posix_spawn(&child, path, NULL, NULL, rest, environ) != 0) return 127;
  } else if (strcmp(form, "posix_spawnp") == 0) {
    if (posix_spawnp(NULL, path, NULL, NULL, rest, environ) != 0) return 127;
    child = -1;
  } else {
    child = strcmp(form, "vfork") == 0 ? vfork() : fork();
    if (child == 0) {
      exec_as(form, path, rest);
      _exit(127);
    }
  }
  waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 99;
}
