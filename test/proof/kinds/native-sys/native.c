int proof_native_answer(void) { return 42; }
