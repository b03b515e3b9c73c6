// Programs by name, for a process that becomes one as it was called.
#include "program.h"

const char *base_of(const char *path) {
  const char *base = path;
  for (; *path != 0; path += 1) {
    if (*path == '/') base = path + 1;
  }
  return base;
}

size_t entry_length(const char *entry) {
  size_t length = 0;
  while (entry[length] != 0 && entry[length] != ':') length += 1;
  return length;
}

int join(char path[PATH_BYTES], const char *entry, size_t length, const char *name) {
  size_t more = length_of(name) + 1;
  if (entry[0] != '/' || length + 1 + more > PATH_BYTES) return 0;
  copy(path, entry, length);
  path[length] = '/';
  copy(path + length + 1, name, more);
  return 1;
}

int is_own(const char *path) {
  struct stat own;
  struct stat other;
  if (raw_fstatat(AT_FDCWD, "/proc/self/exe", &own, 0) != 0 || raw_fstatat(AT_FDCWD, path, &other, 0) != 0) return 0;
  return (own.st_dev == other.st_dev && own.st_ino == other.st_ino) || own.st_size == other.st_size;
}

void become(const char *path, const char *const *argv, const struct call *call) {
  raw_syscall(SYS_execve, (long)path, (long)argv, (long)call->envp, 0, 0, 0);
}
