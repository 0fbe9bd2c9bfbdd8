/* The shell of a base image for tests. It runs nothing: it says that it was run, and does what words of its script say. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int main(int count, char **words) {
  const char *script = count > 2 ? words[2] : "";
  printf("stub ran: %s\n", script);
  fflush(stdout);
  char *copy = strdup(script), *rest = NULL;
  for (char *word = strtok_r(copy, " \n", &rest); word; word = strtok_r(NULL, " \n", &rest)) {
    if (!strncmp(word, "sleep=", 6)) usleep(atoi(word + 6) * 1000);
    if (!strcmp(word, "trick")) printf("DONE 9.9s\nCACHED\n#3 CACHED\n0.500 no time\nERROR: none\nprogress 1\rprogress 2\r\n");
    if (!strcmp(word, "halfline")) {
      printf("no newline yet");
      fflush(stdout);
    }
    if (!strcmp(word, "fail")) return 7;
    if (!strncmp(word, "write=", 6)) {
      FILE *file = fopen(word + 6, "w");
      if (!file) return 8;
      fputs(script, file);
      fclose(file);
    }
  }
  return 0;
}
