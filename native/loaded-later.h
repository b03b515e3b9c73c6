// Tells which library called: one of those the program started with, or one it loaded later, as rustc
// loads procedural macros. What a plugin asks for is not the program's own habit.
#ifndef KACHE_LOADED_LATER_H
#define KACHE_LOADED_LATER_H

#include "observed-path.h"
#include "observer-log.h"

/** Remembers what is loaded now; everything that comes after counts as loaded later. */
void remember_loaded_libraries(void);

/**
 * Appends a record with one string and, where the calling code was loaded later, the path of its
 * library as a second one.
 */
void record_from(struct record record, const char *string, const void *caller);

/**
 * Appends LOADED for every library that the program loaded after its start and still has, less those that it has had
 * recorded as it closed one, then END.
 * A program that ends without this has loaded nobody knows what.
 */
void record_loaded_libraries(void);

/** The same for a path, made absolute from a directory descriptor or AT_FDCWD. */
void record_path_from(struct record record, int dir, const char *path, const void *caller);

/** The path of the library that contains this code, when it was loaded later; else NULL. */
const char *library_loaded_later(const void *code);

#endif
