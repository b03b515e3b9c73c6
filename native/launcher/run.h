// Running the compiler for an engine, or becoming it.
#ifndef KACHE_LAUNCHER_RUN_H
#define KACHE_LAUNCHER_RUN_H

#include "frames.h"

/**
 * Runs the program that the frame names as a child with this process's descriptors, limits and group, its
 * output sent to the engine as it comes, signals passed on. Returns when the child has ended and the engine
 * knows; where the engine has gone, this process ends as the child did.
 */
void run_compiler(struct channel *channel, const struct frame *frame);

/** Ends as the program that was run ended. */
__attribute__((noreturn)) void end_as_run(const struct channel *channel);

/** Replaces this process by the program that the frame names. Where that fails the engine is told why: 1; 0 for nonsense. */
int become_program(struct channel *channel, const struct frame *frame);

#endif
