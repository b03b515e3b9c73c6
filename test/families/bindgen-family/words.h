#define WORDS 3
int count_words(const char *text);
