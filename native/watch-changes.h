// What other watchers need to record about changes of the name space.
#ifndef KACHE_WATCH_CHANGES_H
#define KACHE_WATCH_CHANGES_H

#include "observer-log.h"

/** Records a change of path; one that failed (error not 0) as what it told. */
void record_changed(enum change change, int dir, const char *path, int error, const void *caller);

/** Records a rename or link likewise. */
void record_moved(enum change change, int from_dir, const char *from, int to_dir, const char *to,
                  int error, const void *caller);

#endif
