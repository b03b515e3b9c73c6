// Owns the mapped log: reserve by fetch-add, write, commit by storing the length last.
// No locks, no allocation, no libc call that sets errno: it runs in signal handlers, between vfork
// and exec, and in every thread at once.
#define _GNU_SOURCE
#include "observer-log.h"

#include <errno.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/mman.h>

#include "raw-syscall.h"

#ifndef MADV_POPULATE_WRITE
#define MADV_POPULATE_WRITE 23
#endif

/* One madvise for a typical compile's 40 KB of events, and few pages wasted on a short one. */
#define POPULATE_BYTES (64u * 1024u)
#define PAGE_BYTES 4096u
#define RECORD_BYTES_MAX (64u * 1024u)

static struct observer_log_header *log_header;
static uint64_t log_capacity;
static uint32_t log_image;
static _Atomic uint64_t log_populated = PAGE_BYTES;

bool log_map(const char *path) {
  int fd = raw_open(path, O_RDWR | O_CLOEXEC);
  if (fd < 0) return false;
  struct stat status;
  long address = -EINVAL;
  if (raw_fstat(fd, &status) == 0 && status.st_size >= (off_t)OBSERVER_LOG_HEADER_BYTES) {
    address = raw_syscall(SYS_mmap, 0, status.st_size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  }
  raw_close(fd);
  if (address < 0 && address > -PAGE_BYTES) return false;
  struct observer_log_header *header = (struct observer_log_header *)address;
  if (header->magic != OBSERVER_LOG_MAGIC || header->version != OBSERVER_LOG_VERSION ||
      header->capacity > (uint64_t)status.st_size) {
    raw_syscall(SYS_munmap, address, status.st_size, 0, 0, 0, 0);
    return false;
  }
  /* Else ext4 fills a hole by whole 2 MB folios: 2 ms instead of 40 us for the first record. */
  raw_syscall(SYS_madvise, address, status.st_size, MADV_RANDOM, 0, 0, 0);
  log_capacity = header->capacity;
  log_header = header;
  return true;
}

bool log_is_active(void) { return log_header != NULL; }

/* A write to a page the file system cannot supply (disk full) would kill the compiler with SIGBUS;
 * asking for the pages first turns that into an error. Kernels before 5.14 answer EINVAL. */
static bool populate(uint64_t offset, uint64_t end) {
  uint64_t populated = atomic_load_explicit(&log_populated, memory_order_relaxed);
  if (end <= populated) return true;
  uint64_t start = offset & ~(uint64_t)(PAGE_BYTES - 1);
  if (start < populated) start = populated;
  uint64_t stop = (end + POPULATE_BYTES) & ~(uint64_t)(PAGE_BYTES - 1);
  if (stop > log_capacity) stop = (log_capacity + PAGE_BYTES - 1) & ~(uint64_t)(PAGE_BYTES - 1);
  long answer = raw_syscall(SYS_madvise, (long)log_header + (long)start, (long)(stop - start),
                            MADV_POPULATE_WRITE, 0, 0, 0);
  if (answer == -EINVAL) {
    stop = UINT64_MAX;
  } else if (answer == -EINTR || answer == -EAGAIN) {
    return true;
  } else if (answer != 0) {
    return false;
  }
  atomic_store_explicit(&log_populated, stop, memory_order_relaxed);
  return true;
}

/* Answers NULL when the log is full; otherwise the record, reserved and marked pending. */
static struct observer_log_record *reserve(size_t bytes, uint64_t *offset) {
  if (bytes <= RECORD_BYTES_MAX) {
    *offset = atomic_fetch_add_explicit(&log_header->tail, bytes, memory_order_relaxed);
    if (*offset <= log_capacity && bytes <= log_capacity - *offset &&
        populate(*offset, *offset + bytes)) {
      void *place = (char *)log_header + *offset;
      struct observer_log_record *record = place;
      atomic_store_explicit(&record->length, (uint32_t)bytes | RECORD_PENDING,
                            memory_order_relaxed);
      return record;
    }
  }
  atomic_fetch_or_explicit(&log_header->flags, LOG_OVERFLOW, memory_order_relaxed);
  return NULL;
}

static size_t record_bytes(size_t text_bytes) {
  return (sizeof(struct observer_log_record) + text_bytes + 1 + 7) & ~(size_t)7;
}

static void fill(struct observer_log_record *to, struct record from, size_t bytes,
                 const struct text *parts, size_t part_count) {
  to->kind = (uint8_t)from.kind;
  to->outcome = (uint8_t)from.outcome;
  to->flags = (uint16_t)from.flags;
  to->pid = (uint32_t)raw_getpid();
  to->value = from.value;
  to->image = log_image;
  char *end = (char *)(to + 1);
  for (size_t part = 0; part < part_count; part++) {
    memcpy(end, parts[part].start, parts[part].length);
    end += parts[part].length;
  }
  *end = '\0';
  atomic_store_explicit(&to->length, (uint32_t)bytes, memory_order_release);
}

void log_append(struct record record, const struct text *parts, size_t part_count) {
  if (!log_header) return;
  size_t text_bytes = 0;
  for (size_t part = 0; part < part_count; part++) text_bytes += parts[part].length;
  size_t bytes = record_bytes(text_bytes);
  uint64_t offset;
  struct observer_log_record *place = reserve(bytes, &offset);
  if (place) fill(place, record, bytes, parts, part_count);
  if (record.kind == RECORD_UNWATCHABLE) {
    atomic_fetch_or_explicit(&log_header->flags, LOG_UNWATCHABLE, memory_order_relaxed);
  }
}

void log_append_string(struct record record, const char *string) {
  if (!log_header) return;
  struct text part = {string, strlen(string)};
  log_append(record, &part, 1);
}

void log_start(const char *exe, size_t exe_length) {
  if (!log_header) return;
  struct text part = {exe, exe_length};
  size_t bytes = record_bytes(exe_length);
  uint64_t offset;
  struct observer_log_record *place = reserve(bytes, &offset);
  if (!place) return;
  log_image = (uint32_t)(offset / 8);
  struct record record = {RECORD_START, OUTCOME_DONE, 0, raw_getppid()};
  fill(place, record, bytes, &part, 1);
}
