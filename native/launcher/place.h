// Which engine, if any, a call may be given to. src/wrap/engines/engine-place.ts is the same for the other side.
#ifndef KACHE_LAUNCHER_PLACE_H
#define KACHE_LAUNCHER_PLACE_H

#include "system.h"

/** A socket's address holds no longer path. */
#define PLACE_BYTES 108

/** What a variable of the call holds, or null. */
const char *variable(const struct call *call, const char *name);

/** Whether a value is this word of lower-case letters, in any case. */
int is_word(const char *value, const char *word);

/** Whether the environment lets this call be served by another process. */
int is_wanted(const struct call *call);

/** The socket of the engine for this process's surroundings; 0 when its directory is this user's alone. */
int find_engine(const struct call *call, char path[PLACE_BYTES]);

#endif
