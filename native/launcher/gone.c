// A call in a directory that is gone, where the runtime does not start: it becomes the compiler as called.
#include "gone.h"
#include "place.h"
#include "program.h"

enum { ERROR_ABSENT = -2 };

int is_directory_gone(void) {
  char byte;
  return raw_syscall(SYS_getcwd, (long)&byte, sizeof byte, 0, 0, 0, 0) == ERROR_ABSENT;
}

static int has(const char *text, const char *part) {
  for (; *text != 0; text += 1) {
    if (begins_with(text, part)) return 1;
  }
  return 0;
}

/** Whether a word behind our own name is a compiler: no command of ours looks like this. */
static int is_compiler(const char *word) {
  return word[0] != '-' && (has(word, "/") || has(word, "cc") || has(word, "++") || has(word, "clang") || has(word, "rustc"));
}

/** The next of its name along PATH behind the last that is this executable, so that copies do not go in a circle. */
static void become_next(const char *name, const char *const *argv, const struct call *call) {
  const char *list = variable(call, "PATH");
  char path[PATH_BYTES];
  // By its own path: gcc looks for its stages from there.
  size_t words = (size_t)(call->argc - (argv - call->argv)) + 1;
  const char **own = new_memory(words * sizeof *own);
  if (own == NULL) return;
  copy(own, argv, words * sizeof *own);
  own[0] = path;
  const char *from = list;
  for (int run = 0; list != NULL && run < 2; run += 1) {
    for (const char *entry = run == 0 ? list : from; *entry != 0;) {
      size_t length = entry_length(entry);
      const char *next = entry + length + (entry[length] == ':');
      if (join(path, entry, length, name)) {
        if (run == 1) become(path, own, call);
        else if (is_own(path)) from = next;
      }
      entry = next;
    }
  }
}

/** The words that begin with the compiler's; null where there is none. */
static const char *const *compiler_words(const struct call *call) {
  const char *const *argv = call->argv;
  if (!begins_with(base_of(*argv), "kache")) return argv;
  do argv += 1;
  while (*argv != NULL && begins_with(base_of(*argv), "kache"));
  return *argv != NULL && is_compiler(*argv) ? argv : NULL;
}

int is_compiler_call(const struct call *call) {
  if (compiler_words(call) != NULL) return 1;
  // Without the compiler's name, which the environment has. A question to ourselves is one word, a command has no dot.
  const char *first = call->argv[1];
  return call->argc > 2 && (first[0] == '-' || first[0] == '@' || has(first, "."));
}

void become_compiler(const struct call *call) {
  const char *const *argv = compiler_words(call);
  if (argv == NULL) return;
  if (argv != call->argv && has(*argv, "/")) become(*argv, argv, call);
  else become_next(base_of(*argv), argv, call);
}
