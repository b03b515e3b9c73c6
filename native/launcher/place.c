// Which engine, if any, a call may be given to: one of the same build, for the same view of the file system
// and the same group. Everything that an engine could see differently is part of its socket's name, or
// keeps the call in its own process.
#include "place.h"

extern const char kache_build[16];

const char *variable(const struct call *call, const char *name) {
  size_t length = length_of(name);
  for (long i = 0; i < call->envc; i += 1) {
    if (begins_with(call->envp[i], name) && call->envp[i][length] == '=') return call->envp[i] + length + 1;
  }
  return NULL;
}

static int is_set(const struct call *call, const char *name) {
  const char *value = variable(call, name);
  return value != NULL && value[0] != 0;
}

int is_word(const char *value, const char *word) {
  while (*word != 0 && (*value | 0x20) == *word) {
    value += 1;
    word += 1;
  }
  return *word == 0 && *value == 0;
}

static int is_off(const char *value) {
  return (value[0] == '0' && value[1] == 0) || is_word(value, "false") || is_word(value, "off") ||
         is_word(value, "no");
}

int is_wanted(const struct call *call) {
  const char *choice = variable(call, "KACHE_ENGINE");
  if (choice != NULL && is_off(choice)) return 0;
  // Preloaded code may change what this process sees and makes (fakeroot); nested calls pass through.
  if (is_set(call, "LD_PRELOAD") || is_set(call, "LD_AUDIT") || is_set(call, "KACHE_ACTIVE")) return 0;
  // A limit on file sizes is this process's alone.
  struct rlimit limit;
  long known = raw_syscall(SYS_prlimit64, 0, RLIMIT_FSIZE, 0, (long)&limit, 0, 0);
  return known == 0 && limit.rlim_cur == RLIM_INFINITY;
}

/** A path being written. */
struct text {
  char *at;
  char *end;
};

static void add(struct text *text, const char *bytes, size_t length) {
  for (size_t i = 0; i < length && text->at < text->end; i += 1) *text->at++ = bytes[i];
}

static void add_number(struct text *text, unsigned long number) {
  char digits[20];
  int count = 0;
  do digits[count++] = (char)('0' + number % 10);
  while ((number /= 10) != 0);
  add(text, ".", 1);
  while (count > 0) add(text, &digits[--count], 1);
}

/** Which of the engines: neighbouring processors share one. */
static unsigned long slot_of(void) {
  unsigned long mask[16];
  long bytes = raw_syscall(SYS_sched_getaffinity, 0, sizeof mask, (long)mask, 0, 0, 0);
  unsigned long processors = 0;
  for (long i = 0; i * (long)sizeof mask[0] < bytes; i += 1) {
    for (unsigned long bits = mask[i]; bits != 0; bits &= bits - 1) processors += 1;
  }
  unsigned long slots = processors / 2;
  if (slots < 2) return 0;
  unsigned processor = 0;
  raw_syscall(SYS_getcpu, (long)&processor, 0, 0, 0, 0, 0);
  return processor / 2 % (slots > 8 ? 8 : slots);
}

int find_engine(const struct call *call, char path[PLACE_BYTES]) {
  struct text text = {path, path + PLACE_BYTES - 1};
  unsigned long uid = (unsigned long)raw_syscall(SYS_geteuid, 0, 0, 0, 0, 0, 0);
  const char *own = variable(call, "KACHE_ENGINE_DIR");
  const char *runtime = variable(call, "XDG_RUNTIME_DIR");
  if (own != NULL && own[0] == '/') {
    add(&text, own, length_of(own));
  } else if (runtime != NULL && runtime[0] == '/') {
    add(&text, runtime, length_of(runtime));
    add(&text, "/kache", 6);
  } else {
    add(&text, "/tmp/kache", 10);
    add_number(&text, uid);
  }
  *text.at = 0;
  struct stat status;
  if (raw_fstatat(AT_FDCWD, path, &status, AT_SYMLINK_NOFOLLOW) != 0) return -1;
  if (!S_ISDIR(status.st_mode) || status.st_uid != uid || (status.st_mode & 077) != 0) return -1;
  add(&text, "/", 1);
  add(&text, kache_build, 16);
  if (raw_fstatat(AT_FDCWD, "/proc/self/ns/mnt", &status, 0) != 0) return -1;
  add_number(&text, (unsigned)status.st_ino);
  if (raw_fstatat(AT_FDCWD, "/", &status, 0) != 0) return -1;
  add_number(&text, (unsigned)status.st_ino);
  add_number(&text, (unsigned long)raw_syscall(SYS_getegid, 0, 0, 0, 0, 0, 0));
  // The kernel answers 20 less the niceness.
  add_number(&text, 40 - (unsigned long)raw_syscall(SYS_getpriority, 0, 0, 0, 0, 0, 0));
  add_number(&text, slot_of());
  if (text.at >= text.end) return -1;
  *text.at = 0;
  return 0;
}
