// An ordinary program that carries the note of the Go linker, and so passes for a Go program.
__asm__(".section .note.go.buildid,\"a\",@note\n.long 4, 4, 4\n.asciz \"Go\\0\"\n.long 0\n.text\n");

int main(void) { return 0; }
