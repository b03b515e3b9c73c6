// A call of a kache that is switched off: the runtime would only become the compiler (src/wrap/rustc/begin.ts,
// src/wrap/cc/begin.ts), and takes 10 ms to start.
#include "off.h"

#include "place.h"
#include "program.h"

static int is_text(const char *text, const char *other) {
  return begins_with(text, other) && text[length_of(other)] == 0;
}

/** As src/config/load-config.ts has it, which also takes white space off. */
static int is_on(const char *value) {
  return is_text(value, "1") || is_word(value, "true") || is_word(value, "on") || is_word(value, "yes");
}

/** The common names; versions, prefixes and other compilers are the runtime's to tell. */
static int is_compiler_name(const char *name) {
  return is_text(name, "rustc") || is_text(name, "clippy-driver") || is_text(name, "cc") || is_text(name, "c++") ||
         is_text(name, "gcc") || is_text(name, "g++") || is_text(name, "clang") || is_text(name, "clang++");
}

void become_if_off(const struct call *call) {
  const char *off = variable(call, "KACHE_DISABLED");
  if (off == NULL || !is_on(off) || !is_text(base_of(call->argv[0]), "kache")) return;
  const char *const *argv = call->argv + 1;
  const char *name = base_of(*argv);
  if (!is_compiler_name(name)) return;
  if (name != *argv) {
    if (!is_own(*argv)) become(*argv, argv, call);
    return;
  }
  char path[PATH_BYTES];
  for (const char *entry = variable(call, "PATH"); entry != NULL;) {
    size_t length = entry_length(entry);
    // A link to ourselves stands for the next of its name.
    if (!join(path, entry, length, name) || is_own(path)) return;
    become(path, argv, call);
    entry = entry[length] == 0 ? NULL : entry + length + 1;
  }
}
