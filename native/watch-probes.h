// What other watchers need to record about questions asked of a path.
#ifndef KACHE_WATCH_PROBES_H
#define KACHE_WATCH_PROBES_H

#include <sys/stat.h>

/** Records a question about path; on success (error 0) status may be NULL and is then asked for. */
void record_probe(int dir, const char *path, int flags, const struct stat *status, int error);

/** The same for a question whose answer holds times and mode, by who asked it. */
void record_stat(int dir, const char *path, int flags, const struct stat *status, int error,
                 const void *caller);

/** Records an answered or failed (error not 0) readlink. */
void record_readlink(int dir, const char *path, int error);

/**
 * Records whether path is there, which a call told that is for something else. Compilers make such calls by habit:
 * readers tell them by the caller's library.
 */
void record_aside(int dir, const char *path, int flags, const void *caller);

/** Records that such a call told what is in a directory, where a library made it that the program loaded later. */
void record_listed_aside(int dir, const char *path, const void *caller);

/** Records, where code that the program loaded later is about to write, make or move a path, that it does. */
void record_touched(int dir, const char *path, const void *caller);

#endif
