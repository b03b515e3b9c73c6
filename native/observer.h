// What every watcher of a family of libc functions shares: how a wrapper is declared, and how the
// function it stands in front of is reached.
#ifndef KACHE_OBSERVER_H
#define KACHE_OBSERVER_H

#include <errno.h>

#include "observed-path.h"
#include "observer-log.h"
#include "originals.h"

/** Maps the log, for the case that the first watched call comes before our constructor. */
void observer_start(void);

/** True once the constructor's work is done. */
extern bool observer_is_up;

/** Absolute path of this library, as it stands in LD_PRELOAD. */
extern char observer_library_path[];

/** "KACHE_OBSERVE_LOG=<path>", to be handed to children. */
extern char observer_log_variable[];

/** "KACHE_ACTIVE=<kache>", taken out like ours and handed on; empty when there was none. */
extern char observer_active_variable[];

/**
 * Defines the function that programs reach under `name`. The label gives it that name in the symbol
 * table only, so libc's own prototypes (nonnull, fortified, renamed) do not get in the way.
 */
#define WATCH(type, name, ...)                                                              \
  __attribute__((visibility("default"))) type watched_##name(__VA_ARGS__) __asm__(#name); \
  type watched_##name(__VA_ARGS__)

/** To be called first in every watcher. */
static inline void observer_enter(void) {
  if (__builtin_expect(!observer_is_up, 0)) observer_start();
}

/** Where the present watcher was called from; for its outermost function only. */
#define CALLER() __builtin_return_address(0)

/** The libc function (or another preloaded library's) behind ours. */
#define ORIGINAL(name) (originals.name ? originals.name : (originals_resolve_##name()))

#endif
