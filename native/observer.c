// A preloaded library that watches what a compiler process tree reads, and changes nothing in it.
// Owns start-up: map the log, take our variables out of the environment again, append START.
// Without a usable log it stays inert. It never prints, never fails, never touches errno.
#define _GNU_SOURCE
#include "observer.h"

#include <dlfcn.h>
#include <limits.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "exec-target.h"
#include "loaded-later.h"
#include "raw-syscall.h"

#define LOG_VARIABLE "KACHE_OBSERVE_LOG="
#define PRELOAD_VARIABLE "LD_PRELOAD="
#define ACTIVE_VARIABLE "KACHE_ACTIVE="

extern char **environ;

bool observer_is_up;
char observer_library_path[PATH_MAX];
char observer_log_variable[PATH_MAX + sizeof LOG_VARIABLE];
char observer_active_variable[PATH_MAX + sizeof ACTIVE_VARIABLE];

static bool starts_with(const char *string, const char *prefix) {
  return strncmp(string, prefix, strlen(prefix)) == 0;
}

static void remember_library_path(void) {
  Dl_info found;
  if (dladdr(observer_library_path, &found) && found.dli_fname &&
      strlen(found.dli_fname) < sizeof observer_library_path) {
    strcpy(observer_library_path, found.dli_fname);
  }
}

/* True when the entry is to go; an entry that also names the user's libraries is cut down in place.
 * "ours:" with nothing after the colon stands for a user's LD_PRELOAD that was set but empty. */
static bool strip_preload(char *entry) {
  char *value = entry + strlen(PRELOAD_VARIABLE);
  size_t own = strlen(observer_library_path);
  if (own == 0 || strncmp(value, observer_library_path, own) != 0) return false;
  if (value[own] == '\0') return true;
  if (value[own] == ':') memmove(value, value + own + 1, strlen(value + own + 1) + 1);
  return false;
}

/* In place, because main's third argument and the C library share this array. */
static void strip_environment(void) {
  char **kept = environ;
  for (char **entry = environ; *entry; entry++) {
    if (starts_with(*entry, LOG_VARIABLE)) continue;
    if (starts_with(*entry, PRELOAD_VARIABLE) && strip_preload(*entry)) continue;
    if (*observer_active_variable && starts_with(*entry, ACTIVE_VARIABLE)) continue;
    *kept++ = *entry;
  }
  *kept = NULL;
}

static bool remember_log_variable(void) {
  for (char **entry = environ; *entry; entry++) {
    if (starts_with(*entry, LOG_VARIABLE) && strlen(*entry) < sizeof observer_log_variable) {
      strcpy(observer_log_variable, *entry);
      return true;
    }
  }
  return false;
}

/* It names kache's own executable, which alone is to see it: what stops kache from calling itself
 * must not show in what a macro or its child prints. Any other value is the user's. */
static void remember_active_variable(const char *exe, size_t exe_length) {
  for (char **entry = environ; *entry; entry++) {
    if (!starts_with(*entry, ACTIVE_VARIABLE "/")) continue;
    const char *kache = *entry + strlen(ACTIVE_VARIABLE);
    bool is_kache = strlen(kache) == exe_length && memcmp(kache, exe, exe_length) == 0;
    if (!is_kache && strlen(*entry) < sizeof observer_active_variable) {
      strcpy(observer_active_variable, *entry);
    }
  }
}

static void start_once(void) {
  if (!remember_log_variable()) return;
  remember_library_path();
  bool mapped = observer_library_path[0] == '/' &&
                log_map(observer_log_variable + strlen(LOG_VARIABLE));
  char exe[PATH_MAX];
  long length = raw_readlink("/proc/self/exe", exe, sizeof exe);
  size_t exe_length = length > 0 ? (size_t)length : 0;
  remember_active_variable(exe, exe_length);
  strip_environment();
  if (!mapped) return;
  log_start(exe, exe_length);
  /* The first program is started by nobody who looks at it before. */
  if (exec_target_of("/proc/self/exe") == UNWATCHABLE_GO) {
    record_path((struct record){RECORD_UNWATCHABLE, OUTCOME_DONE, UNWATCHABLE_GO, 0}, AT_FDCWD,
                "/proc/self/exe");
  }
}

void observer_start(void) {
  static _Atomic bool begun;
  /* Calls from constructors that run before libc's own cannot be placed yet. */
  if (!environ || atomic_exchange(&begun, true)) return;
  int saved = errno;
  start_once();
  errno = saved;
}

/* The look-ups wait until here: a failing dlsym allocates, and rustc's allocator makes our first
 * watched calls from inside its own start-up, where allocating again would deadlock. */
__attribute__((constructor)) static void observer_constructor(void) {
  observer_start();
  int saved = errno;
  originals_resolve();
  remember_loaded_libraries();
  errno = saved;
  observer_is_up = true;
}

/* The loader opens libraries by calls of its own; what is loaded at the end is what was. */
__attribute__((destructor)) static void observer_destructor(void) {
  int saved = errno;
  record_loaded_libraries();
  errno = saved;
}
