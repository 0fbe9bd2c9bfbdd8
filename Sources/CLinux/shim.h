// What glibc's module leaves out: extended attributes, and what it declares for _GNU_SOURCE only.
#include <sys/resource.h>
#include <sys/types.h>
#include <sys/xattr.h>

int prlimit(pid_t pid, int resource, const struct rlimit *new_limit, struct rlimit *old_limit);
