// Finds the functions behind ours with dlsym: all at once from the constructor, or singly for calls
// that arrive before. Only a look-up that fails allocates, so an allocator may call us early.
#define _GNU_SOURCE
#include "originals.h"

#include <dlfcn.h>
#include <stdbool.h>
#include <string.h>

#if defined(__x86_64__)
#define BASE_VERSION "GLIBC_2.2.5"
#else
#define BASE_VERSION "GLIBC_2.17"
#endif

struct originals originals;

static bool originals_are_resolved;

static void *look_up(const char *name) {
  void *address = dlsym(RTLD_NEXT, name);
  /* Names that libc keeps for old programs only (__xstat since 2.33) need their version. */
  return address ? address : dlvsym(RTLD_NEXT, name, BASE_VERSION);
}

/* memcpy because ISO C has no conversion from an object pointer to a function pointer. */
#define ORIGINAL_RESOLVER(type, name, ...)               \
  type (*originals_resolve_##name(void))(__VA_ARGS__) {  \
    if (!originals.name && !originals_are_resolved) {    \
      void *address = look_up(#name);                    \
      memcpy(&originals.name, &address, sizeof address); \
    }                                                    \
    return originals.name;                               \
  }
ORIGINAL_LIST(ORIGINAL_RESOLVER)
#undef ORIGINAL_RESOLVER

void originals_resolve(void) {
#define RESOLVE(type, name, ...) originals_resolve_##name();
  ORIGINAL_LIST(RESOLVE)
#undef RESOLVE
  originals_are_resolved = true;
  /* Looking in vain left a message that the program would get from its own dlerror(). */
  dlerror();
}
