// The compilers and the arguments that most cases of the C suites share.

/** Both families of compilers. */
export const BOTH = ["gcc", "clang"];
/** Cases that only gcc can run. */
export const GNU = ["gcc"];
/** And only clang. */
export const CLANG = ["clang"];
/** What most cases compile. */
export const COMPILE = ["-c", "x.c", "-o", "x.o"];
/** Without it gcc names sections and stamps notes at random. */
export const SEED = "-frandom-seed=x";
