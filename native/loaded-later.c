// The address ranges of the first libraries are taken once; asking about an address is a short loop.
#define _GNU_SOURCE
#include "loaded-later.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/auxv.h>

#include "observer.h"
#include "watch-unwatchable.h"

/* rustc starts with a dozen, clang with thirty. Beyond this, own code may look like loaded later,
 * and its questions count although they are habits. */
#define RANGES_MAX 128

static struct {
  uintptr_t start;
  uintptr_t end;
  /* The loader calls constructors, and libc what runs in a thread. Neither calls by name what is watched here: that
   * was somebody's last act, whom a jump left out of the way back. */
  bool runs_others;
} ranges[RANGES_MAX];
static size_t range_count;

/* A place in each of them. */
static uintptr_t runners[3];

static int take_range(struct dl_phdr_info *object, size_t size, void *unused) {
  (void)size;
  (void)unused;
  uintptr_t start = UINTPTR_MAX, end = 0;
  for (size_t at = 0; at < object->dlpi_phnum; at++) {
    const ElfW(Phdr) *segment = &object->dlpi_phdr[at];
    if (segment->p_type != PT_LOAD) continue;
    uintptr_t first = object->dlpi_addr + segment->p_vaddr;
    if (first < start) start = first;
    if (first + segment->p_memsz > end) end = first + segment->p_memsz;
  }
  if (start >= end) return 0;
  ranges[range_count].start = start;
  ranges[range_count].end = end;
  for (size_t at = 0; at < sizeof runners / sizeof *runners; at++) {
    if (runners[at] >= start && runners[at] < end) ranges[range_count].runs_others = true;
  }
  return ++range_count == RANGES_MAX;
}

void remember_loaded_libraries(void) {
  runners[0] = getauxval(AT_BASE);
  runners[1] = (uintptr_t)dlsym(RTLD_NEXT, "exit");
  runners[2] = (uintptr_t)dlsym(RTLD_NEXT, "pthread_create");
  /* Not there before glibc 2.34 without its library of threads. */
  dlerror();
  ORIGINAL(dl_iterate_phdr)(take_range, NULL);
}

static size_t first_with(uintptr_t code) {
  size_t at = 0;
  while (at < range_count && (code < ranges[at].start || code >= ranges[at].end)) at++;
  return at;
}

static bool is_first(uintptr_t code) { return first_with(code) < range_count; }

/* How many libraries the loader had taken in when those were recorded that are there. */
static _Atomic unsigned long long recorded_adds;

static int record_loaded(struct dl_phdr_info *object, size_t size, void *adds) {
  (void)size;
  *(unsigned long long *)adds = object->dlpi_adds;
  if (object->dlpi_adds == atomic_load_explicit(&recorded_adds, memory_order_relaxed)) return 1;
  const char *path = object->dlpi_name;
  /* Along a relative LD_LIBRARY_PATH the name is relative; the program itself and the kernel's part have no place. */
  if (!path || !strchr(path, '/')) return 0;
  for (size_t at = 0; at < object->dlpi_phnum; at++) {
    const ElfW(Phdr) *segment = &object->dlpi_phdr[at];
    if (segment->p_type != PT_LOAD) continue;
    if (!is_first(object->dlpi_addr + segment->p_vaddr)) {
      record_path((struct record){RECORD_LOADED, OUTCOME_FILE, 0, 0}, AT_FDCWD, path);
    }
    break;
  }
  return 0;
}

static void record_new_libraries(void) {
  unsigned long long adds = 0;
  ORIGINAL(dl_iterate_phdr)(record_loaded, &adds);
  atomic_store_explicit(&recorded_adds, adds, memory_order_relaxed);
}

void record_loaded_libraries(void) {
  if (range_count == 0 || !log_is_active()) return;
  record_new_libraries();
  log_append_string((struct record){RECORD_END, OUTCOME_DONE, 0, 0}, "");
}

/* clang closes its plugins before it ends. */
WATCH(int, dlclose, void *handle) {
  observer_enter();
  int saved = errno;
  if (range_count > 0 && log_is_active()) record_new_libraries();
  errno = saved;
  return ORIGINAL(dlclose)(handle);
}

/* Where the loader looks in vain, and where libraries lie, it tells without a call that is seen. Compilers ask it all
 * the time, for what they load and to unwind; what they load has no such habit. Nor has it of shared memory, in which
 * libfaketime, which a program is started with, keeps its count. */
static void record_if_later(const char *function, const void *caller) {
  if (range_count == 0 || !log_is_active()) return;
  size_t at = first_with((uintptr_t)caller);
  if (at == range_count || ranges[at].runs_others) record_function(function);
}

/* The loader looks along what the library names that calls it (RUNPATH): to be left by a jump, so that the caller stays
 * who it is. */
WATCH(void *, dlopen, const char *name, int mode) {
  observer_enter();
  /* Without a name, the program itself is asked for. */
  if (name) record_if_later("dlopen", CALLER());
  return ORIGINAL(dlopen)(name, mode);
}

WATCH(void *, dlmopen, Lmid_t names, const char *name, int mode) {
  observer_enter();
  if (name) record_if_later("dlmopen", CALLER());
  return ORIGINAL(dlmopen)(names, name, mode);
}

WATCH(int, dl_iterate_phdr, phdr_visit visit, void *data) {
  observer_enter();
  record_if_later("dl_iterate_phdr", CALLER());
  return ORIGINAL(dl_iterate_phdr)(visit, data);
}

WATCH(int, shm_open, const char *name, int flags, mode_t mode) {
  observer_enter();
  record_if_later("shm_open", CALLER());
  return ORIGINAL(shm_open)(name, flags, mode);
}

const char *library_loaded_later(const void *code) {
  /* Calls from before the constructor come from what the program starts with. */
  if (range_count == 0) return NULL;
  if (is_first((uintptr_t)code)) return NULL;
  Dl_info found;
  return dladdr(code, &found) && found.dli_fname && found.dli_fname[0] == '/' ? found.dli_fname
                                                                              : NULL;
}

void record_from(struct record record, const char *string, const void *caller) {
  const char *library = library_loaded_later(caller);
  if (!library) {
    log_append_string(record, string);
    return;
  }
  record.flags |= FROM_LIBRARY;
  struct text parts[] = {{string, strlen(string)}, {"", 1}, {library, strlen(library)}};
  log_append(record, parts, 3);
}

void record_path_from(struct record record, int dir, const char *path, const void *caller) {
  if (!log_is_active()) return;
  const char *library = library_loaded_later(caller);
  if (!library) {
    record_path(record, dir, path);
    return;
  }
  record.flags |= FROM_LIBRARY;
  record_two_paths(record, dir, path, AT_FDCWD, library);
}
