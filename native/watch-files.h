// What other watchers need to record about opened files.
#ifndef KACHE_WATCH_FILES_H
#define KACHE_WATCH_FILES_H

/** Records an open that answered fd, or failed with error. */
void record_open(int dir, const char *path, int flags, int fd, int error, const void *caller);

#endif
