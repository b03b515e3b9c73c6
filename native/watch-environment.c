// Watches questions about the surroundings: getenv, the variables that setlocale and localtime look at
// inside libc, and the name of the working directory.
// A program that walks `environ` itself is not seen.
#define _GNU_SOURCE
#include <stdatomic.h>
#include <string.h>
#include <time.h>

#include "loaded-later.h"
#include "observer.h"
#include "raw-syscall.h"

extern char **environ;

/* Compilers ask for the same few names hundreds of times; one record per name, answer and process
 * is enough. A slot that is overwritten costs a repeated record, nothing else. */
static _Atomic uint64_t seen[256];

static bool is_first_time(const char *name, bool set, const void *caller) {
  const char *library = library_loaded_later(caller);
  uint64_t asker = (uint64_t)(unsigned)raw_getpid() << 1 | set;
  uint64_t hash = 0xcbf29ce484222325u ^ asker ^ (uint64_t)(uintptr_t)library * 31;
  for (const char *byte = name; *byte; byte++) {
    hash = (hash ^ (unsigned char)*byte) * 0x100000001b3u;
  }
  hash ^= hash >> 32;
  _Atomic uint64_t *slot = &seen[hash % 256];
  if (atomic_load_explicit(slot, memory_order_relaxed) == hash) return false;
  atomic_store_explicit(slot, hash, memory_order_relaxed);
  return true;
}

static void record_getenv(const char *name, bool set, const void *caller) {
  if (!log_is_active() || !name || !is_first_time(name, set, caller)) return;
  enum outcome outcome = set ? OUTCOME_SET : OUTCOME_UNSET;
  record_from((struct record){RECORD_GETENV, outcome, 0, 0}, name, caller);
}

#define WATCH_GETENV(name)                 \
  WATCH(char *, name, const char *variable) { \
    observer_enter();                      \
    char *value = ORIGINAL(name)(variable); \
    record_getenv(variable, value != NULL, CALLER()); \
    return value;                          \
  }
WATCH_GETENV(getenv)
WATCH_GETENV(secure_getenv)
WATCH_GETENV(__secure_getenv)

static bool is_set(const char *name) {
  size_t length = strlen(name);
  for (char **entry = environ; entry && *entry; entry++) {
    if (strncmp(*entry, name, length) == 0 && (*entry)[length] == '=') return true;
  }
  return false;
}

static void record_locale_variables(void) {
  /* Whatever the category, all of them: which one decides depends on which are set. */
  static const char *const names[] = {"LC_ALL",      "LANG",       "LANGUAGE",  "LC_CTYPE",
                                      "LC_MESSAGES", "LC_COLLATE", "LC_NUMERIC", "LC_TIME",
                                      "LC_MONETARY", "LOCPATH"};
  for (size_t at = 0; at < sizeof names / sizeof *names; at++) {
    record_getenv(names[at], is_set(names[at]), NULL);
  }
}

WATCH(char *, setlocale, int category, const char *locale) {
  observer_enter();
  if (locale && !*locale && log_is_active()) record_locale_variables();
  return ORIGINAL(setlocale)(category, locale);
}

WATCH(locale_t, newlocale, int mask, const char *locale, locale_t base) {
  observer_enter();
  if (locale && !*locale && log_is_active()) record_locale_variables();
  return ORIGINAL(newlocale)(mask, locale, base);
}

/* The look-up of TZ is also how a reader knows that a program turned a time into a date. */
WATCH(struct tm *, localtime, const time_t *time) {
  observer_enter();
  record_getenv("TZ", is_set("TZ"), CALLER());
  return ORIGINAL(localtime)(time);
}

WATCH(struct tm *, localtime_r, const time_t *time, struct tm *parts) {
  observer_enter();
  record_getenv("TZ", is_set("TZ"), CALLER());
  return ORIGINAL(localtime_r)(time, parts);
}

/* A name that no variable has: somebody made a date of a time, and in no zone of the user's. */
#define UTC "TZ=UTC"

WATCH(struct tm *, gmtime, const time_t *time) {
  observer_enter();
  record_getenv(UTC, false, CALLER());
  return ORIGINAL(gmtime)(time);
}

WATCH(struct tm *, gmtime_r, const time_t *time, struct tm *parts) {
  observer_enter();
  record_getenv(UTC, false, CALLER());
  return ORIGINAL(gmtime_r)(time, parts);
}

static void record_directory(const char *directory, const void *caller) {
  if (!log_is_active() || !directory || directory[0] != '/') return;
  record_from((struct record){RECORD_CWD, OUTCOME_DONE, 0, 0}, directory, caller);
}

WATCH(char *, getcwd, char *buffer, size_t size) {
  observer_enter();
  char *answer = ORIGINAL(getcwd)(buffer, size);
  record_directory(answer, CALLER());
  return answer;
}

WATCH(char *, __getcwd_chk, char *buffer, size_t size, size_t room) {
  observer_enter();
  char *answer = ORIGINAL(__getcwd_chk)(buffer, size, room);
  record_directory(answer, CALLER());
  return answer;
}

WATCH(char *, get_current_dir_name, void) {
  observer_enter();
  char *answer = ORIGINAL(get_current_dir_name)();
  record_directory(answer, CALLER());
  return answer;
}
