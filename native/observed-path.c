// Owns the cached working directory and the joining of relative paths. Paths are not normalised:
// "..", "." and symlinks stay as the program wrote them.
#define _GNU_SOURCE
#include "observed-path.h"

#include <errno.h>
#include <limits.h>
#include <stdatomic.h>
#include <string.h>

#include "raw-syscall.h"

/* Valid only for the process that filled it and until its next chdir. A vfork child shares this
 * memory but has another pid, so neither trusts what the other stored. */
static struct {
  _Atomic uint32_t sequence; /* odd while being written */
  _Atomic uint32_t generation;
  uint32_t filled_generation;
  int owner;
  size_t length;
  char path[PATH_MAX];
} cache;

void forget_working_directory(void) {
  atomic_fetch_add_explicit(&cache.generation, 1, memory_order_release);
}

static size_t cached_directory(int pid, uint32_t generation, char *buffer) {
  uint32_t before = atomic_load_explicit(&cache.sequence, memory_order_acquire);
  if (before & 1) return 0;
  size_t length = cache.length;
  if (length == 0 || length >= PATH_MAX || cache.owner != pid ||
      cache.filled_generation != generation) {
    return 0;
  }
  memcpy(buffer, cache.path, length);
  atomic_thread_fence(memory_order_acquire);
  return atomic_load_explicit(&cache.sequence, memory_order_relaxed) == before ? length : 0;
}

static void store_directory(int pid, uint32_t generation, const char *path, size_t length) {
  uint32_t sequence = atomic_load_explicit(&cache.sequence, memory_order_relaxed);
  if ((sequence & 1) || !atomic_compare_exchange_strong(&cache.sequence, &sequence, sequence + 1)) {
    return;
  }
  cache.owner = pid;
  cache.filled_generation = generation;
  cache.length = length;
  memcpy(cache.path, path, length);
  atomic_store_explicit(&cache.sequence, sequence + 2, memory_order_release);
}

static size_t working_directory(char *buffer) {
  int pid = raw_getpid();
  /* Read before asking the kernel: a chdir in between then outdates what is stored below. */
  uint32_t generation = atomic_load_explicit(&cache.generation, memory_order_acquire);
  size_t length = cached_directory(pid, generation, buffer);
  if (length != 0) return length;
  long answer = raw_syscall(SYS_getcwd, (long)buffer, PATH_MAX, 0, 0, 0, 0);
  if (answer <= 1) return 0;
  length = (size_t)answer - 1;
  store_directory(pid, generation, buffer, length);
  return length;
}

static size_t write_descriptor_link(int fd, char *link) {
  static const char prefix[] = "/proc/self/fd/";
  char digits[12];
  size_t count = 0;
  for (unsigned rest = (unsigned)fd; count == 0 || rest != 0; rest /= 10) {
    digits[count++] = (char)('0' + rest % 10);
  }
  memcpy(link, prefix, sizeof prefix - 1);
  size_t length = sizeof prefix - 1;
  while (count > 0) link[length++] = digits[--count];
  link[length] = '\0';
  return length;
}

bool descriptor_path(int fd, char *buffer, size_t size) {
  if (fd < 0) return false;
  char link[32];
  write_descriptor_link(fd, link);
  long length = raw_readlink(link, buffer, size - 1);
  if (length <= 0) return false;
  buffer[length] = '\0';
  return true;
}

/* Fills up to three parts: directory, slash, path; answers their number. */
static size_t absolute_parts(int dir, const char *path, char *buffer, struct text *parts) {
  size_t count = 0;
  if (path[0] != '/') {
    size_t length = 0;
    if (dir == AT_FDCWD) {
      length = working_directory(buffer);
    } else if (descriptor_path(dir, buffer, PATH_MAX)) {
      length = strlen(buffer);
    }
    /* An unknown directory leaves the path relative, which the reader refuses. */
    if (length != 0) {
      parts[count++] = (struct text){buffer, length};
      if (buffer[length - 1] != '/') parts[count++] = (struct text){"/", 1};
    }
  }
  parts[count++] = (struct text){path, strlen(path)};
  return count;
}

/* Apart and not inlined: crash handlers open absolute paths on stacks too small for the buffer. */
__attribute__((noinline)) static void record_relative_path(struct record record, int dir,
                                                           const char *path) {
  char buffer[PATH_MAX];
  struct text parts[3];
  log_append(record, parts, absolute_parts(dir, path, buffer, parts));
}

void record_path(struct record record, int dir, const char *path) {
  if (!log_is_active() || !path || !*path) return;
  if (path[0] == '/') {
    log_append_string(record, path);
  } else {
    record_relative_path(record, dir, path);
  }
}

void record_two_paths(struct record record, int from_dir, const char *from, int to_dir,
                      const char *to) {
  if (!log_is_active() || !from || !to) return;
  char from_buffer[PATH_MAX], to_buffer[PATH_MAX];
  struct text parts[7];
  size_t count = absolute_parts(from_dir, from, from_buffer, parts);
  parts[count++] = (struct text){"", 1};
  count += absolute_parts(to_dir, to, to_buffer, parts + count);
  log_append(record, parts, count);
}

void record_descriptor(struct record record, int fd) {
  if (!log_is_active()) return;
  char path[PATH_MAX];
  if (descriptor_path(fd, path, sizeof path)) log_append_string(record, path);
}

enum outcome outcome_of_mode(mode_t mode) {
  if (S_ISREG(mode)) return OUTCOME_FILE;
  if (S_ISDIR(mode)) return OUTCOME_DIRECTORY;
  if (S_ISLNK(mode)) return OUTCOME_SYMLINK;
  return OUTCOME_OTHER;
}

enum outcome outcome_of_errno(int error) {
  /* A name that is too long cannot be that of anything. */
  const int is_absent = error == ENOENT || error == ENOTDIR || error == ENAMETOOLONG;
  return is_absent ? OUTCOME_ABSENT : OUTCOME_ERROR;
}
