// What other watchers need to record about changes of the name space.
#ifndef KACHE_WATCH_CHANGES_H
#define KACHE_WATCH_CHANGES_H

#include "observer-log.h"

/** Records a change that happened to path. */
void record_change(enum change change, int dir, const char *path);

/** Records a rename or link that happened. */
void record_move(enum change change, int from_dir, const char *from, int to_dir, const char *to);

#endif
