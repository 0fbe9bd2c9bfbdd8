// glibc's module has no extended attributes.
#include <sys/xattr.h>
