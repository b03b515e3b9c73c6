// Turns the path a program passed into the absolute path a record carries, and classifies answers.
#ifndef KACHE_OBSERVED_PATH_H
#define KACHE_OBSERVED_PATH_H

#include <sys/stat.h>

#include "observer-log.h"

/** Appends a record about path as seen from the directory dir (AT_FDCWD or a descriptor). */
void record_path(struct record record, int dir, const char *path);

/** Appends one CHANGE record about two paths. */
void record_two_paths(struct record record, int from_dir, const char *from, int to_dir,
                      const char *to);

/** Appends a record about the file behind an open descriptor. */
void record_descriptor(struct record record, int fd);

/** Writes the path of an open descriptor, terminated; false when the kernel does not say. */
bool descriptor_path(int fd, char *buffer, size_t size);

/** To be called after the working directory changed. */
void forget_working_directory(void);

/** FILE, DIRECTORY, SYMLINK or OTHER. */
enum outcome outcome_of_mode(mode_t mode);

/** ABSENT or ERROR. */
enum outcome outcome_of_errno(int error);

#endif
