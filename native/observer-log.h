// The observer's log: record layout, and the append used by every interposed function.
// The layout is mirrored by src/observe/observer-log.ts and described in docs/observer.md; a change
// here needs a new OBSERVER_LOG_VERSION and both of them.
#ifndef KACHE_OBSERVER_LOG_H
#define KACHE_OBSERVER_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define OBSERVER_LOG_MAGIC 0x53424f4bu /* "KOBS" */
#define OBSERVER_LOG_VERSION 4u
#define OBSERVER_LOG_HEADER_BYTES 64u

/** Bits of observer_log_header.flags. */
#define LOG_OVERFLOW 1u
#define LOG_UNWATCHABLE 2u

/** Top bit of a record's length while its bytes are still being written. */
#define RECORD_PENDING 0x80000000u

struct observer_log_header {
  uint32_t magic;
  uint32_t version;
  uint64_t capacity;
  _Atomic uint64_t tail;
  _Atomic uint32_t flags;
  uint32_t reserved[9];
};

/** Followed by NUL-terminated bytes (two strings for a CHANGE_RENAME or CHANGE_LINK, and for
 * records with FROM_LIBRARY). */
struct observer_log_record {
  _Atomic uint32_t length; /* whole record, a multiple of 8; 0 or PENDING = never committed */
  uint8_t kind;
  uint8_t outcome;
  uint16_t flags;
  uint32_t pid;
  int32_t value;  /* errno; START: parent pid; EXEC: pid that becomes the program */
  uint32_t image; /* offset / 8 of the START record of the program image that did this */
  uint32_t reserved;
};

enum record_kind {
  RECORD_START = 1,
  RECORD_READ = 2,
  RECORD_WRITE = 3,
  RECORD_CHANGE = 4,
  RECORD_PROBE = 5,
  RECORD_LIST = 6,
  RECORD_GETENV = 7,
  RECORD_EXEC = 8,
  RECORD_EXEC_FAILED = 9,
  RECORD_UNWATCHABLE = 10,
  RECORD_CWD = 11,
  RECORD_LOADED = 12,
  RECORD_END = 13,
};

enum outcome {
  OUTCOME_DONE = 0,
  OUTCOME_FILE = 1,
  OUTCOME_DIRECTORY = 2,
  OUTCOME_SYMLINK = 3,
  OUTCOME_OTHER = 4,
  OUTCOME_ABSENT = 5,
  OUTCOME_ERROR = 6,
  OUTCOME_SET = 7,
  OUTCOME_UNSET = 8,
};

/** Flag of RECORD_WRITE: the file had content before, and the open kept it. */
#define WRITE_KEEPS_CONTENT 1u

/** Flag of RECORD_GETENV, RECORD_CWD, RECORD_PROBE and RECORD_EXEC: a second string names the library
 * that asked or started it, one that the program loaded after its start. */
#define FROM_LIBRARY 1u

/** Flag of RECORD_PROBE: the answer held the file's times. */
#define PROBE_TELLS_TIMES 2u

/** Flag of RECORD_PROBE: told by a call that is for something else. */
#define PROBE_ASIDE 4u

/** Flag of RECORD_PROBE: no question; the library is about to write, make or move what the next record names. */
#define PROBE_TOUCHES 8u

/** Flags of RECORD_CHANGE: what was done. */
enum change {
  CHANGE_MKDIR = 1,
  CHANGE_RENAME = 2,
  CHANGE_LINK = 3,
  CHANGE_SYMLINK = 4,
  CHANGE_UNLINK = 5,
  CHANGE_RMDIR = 6,
  CHANGE_TEMP_FILE = 7,
  CHANGE_TEMP_DIRECTORY = 8,
  CHANGE_NODE = 9,
  CHANGE_TRUNCATE = 10,
};

/** Flags of RECORD_UNWATCHABLE: why. */
enum unwatchable {
  UNWATCHABLE_STATIC = 1,
  UNWATCHABLE_32_BIT = 2,
  UNWATCHABLE_MACHINE = 3,
  UNWATCHABLE_LOADER = 4,
  UNWATCHABLE_PRIVILEGED = 5,
  UNWATCHABLE_UNREADABLE = 6,
  UNWATCHABLE_SCRIPT_DEPTH = 7,
  UNWATCHABLE_FUNCTION = 8,
  UNWATCHABLE_NESTED = 9,
  UNWATCHABLE_NETWORK = 10,
  UNWATCHABLE_GO = 11,
  UNWATCHABLE_SANITIZER = 12,
};

/** A piece of a record's bytes. */
struct text {
  const char *start;
  size_t length;
};

/** The fixed part of a record, without what the log fills in itself. */
struct record {
  enum record_kind kind;
  enum outcome outcome;
  unsigned flags;
  int value;
};

/** Maps the log; false leaves the library inert. Path is the log file's absolute path. */
bool log_map(const char *path);

/** Whether events are recorded at all. */
bool log_is_active(void);

/** Appends START for this program image; every later record of the image refers to it. */
void log_start(const char *exe, size_t exe_length);

/** Appends a record whose bytes are the parts, joined. Async-signal-safe, leaves errno alone. */
void log_append(struct record record, const struct text *parts, size_t part_count);

/** Appends a record with one string. */
void log_append_string(struct record record, const char *string);

#endif
