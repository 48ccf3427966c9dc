/* Stops one thread of a running process until standard input ends: `stall TID`. Signals stop whole processes; a tracer stops the
   thread it names and no other. Says "stalled" when the thread stands. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/ptrace.h>
#include <sys/wait.h>

int main(int count, char** words) {
  const int thread = count == 2 ? atoi(words[1]) : 0;
  if (thread <= 0) {
    fprintf(stderr, "stall: name one thread by its id\n");
    return 2;
  }
  int status;
  if (ptrace(PTRACE_SEIZE, thread, NULL, NULL) != 0 || ptrace(PTRACE_INTERRUPT, thread, NULL, NULL) != 0 ||
      waitpid(thread, &status, __WALL) != thread) {
    perror("stall: this thread cannot be stopped");
    return 1;
  }
  puts("stalled");
  fflush(stdout);
  while (getchar() != EOF) {
  }
  ptrace(PTRACE_DETACH, thread, NULL, NULL);
  return 0;
}
