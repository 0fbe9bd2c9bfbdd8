// The shell of a stand-in image: it runs nothing, and changes the files that another stage or a mount reads.
//
// /.stub/paths lists these files, one a line; a folder ends with '/'. /.stub/mode holds
//   s  every run leaves the same: what is missing is made, always with the same bytes, and what is there stays;
//   c  every run leaves something else: each of them gets new bytes, those that were there already, too.
// Of commands it knows `rm -rf PATH…`, `find PATH -delete`, `ln -s TARGET PATH` and `… > PATH`, joined by `&&`, which come first.
// It is setuid root, since steps run under other users.
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int changing;
static char noise[33] = "always the same";

static void fill(const char *path) {
    int file = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);
    if (file < 0) return;
    // Of two paths that one run changes, each gets bytes of its own.
    if (write(file, noise, strlen(noise)) < 0 || (changing && write(file, path, strlen(path)) < 0)) return;
    close(file);
}

static void make_parents(char *path) {
    for (char *slash = strchr(path + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
        *slash = 0;
        mkdir(path, 0755);
        *slash = '/';
    }
}

static void touch(char *path, int folder) {
    struct stat found;
    int there = stat(path, &found) == 0;
    char inside[4400], name[201];
    if (there && !changing) return;
    if (!there) {
        make_parents(path);
        if (folder) mkdir(path, 0755);
        if (folder) there = stat(path, &found) == 0;
    }
    if (there && S_ISDIR(found.st_mode)) {
        // Each folder gets a file of its own name: two that are copied to one place must not hide each other.
        size_t length = strlen(path);
        snprintf(name, sizeof name, "%s", path + (length > 200 ? length - 200 : 0));
        for (char *slash = name; (slash = strchr(slash, '/'));) *slash = '_';
        snprintf(inside, sizeof inside, "%s/stub%s", path, name);
        fill(inside);
    } else {
        fill(path);
    }
}

static int has_wildcard(const char *text) { return strpbrk(text, "*?[") != NULL; }

// Every match of the pattern's components; where nothing matches, one match is made.
static int expand(const char *prefix, const char *rest, int folder) {
    char component[300], path[4200];
    size_t length = strcspn(rest, "/");
    const char *next = rest + length + (rest[length] == '/');
    if (length >= sizeof component) return 0;
    memcpy(component, rest, length);
    component[length] = 0;
    if (!has_wildcard(component)) {
        snprintf(path, sizeof path, "%s/%s", prefix, component);
        if (*next) return expand(path, next, folder);
        if (has_wildcard(prefix)) return 0;
        touch(path, folder);
        return 1;
    }
    int matches = 0;
    DIR *directory = opendir(*prefix ? prefix : "/");
    for (struct dirent *entry; directory && (entry = readdir(directory));) {
        if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, "..")) continue;
        if (fnmatch(component, entry->d_name, FNM_PATHNAME)) continue;
        snprintf(path, sizeof path, "%s/%s", prefix, entry->d_name);
        if (*next) matches += expand(path, next, folder);
        else touch(path, folder), matches++;
    }
    if (directory) closedir(directory);
    if (matches) return matches;
    char made[300];
    size_t end = 0;
    for (size_t i = 0; i < length && end + 5 < sizeof made; i++) {
        if (component[i] == '*') end += (size_t)snprintf(made + end, sizeof made - end, "stub");
        else if (component[i] == '?') made[end++] = 's';
        else if (component[i] == '[') {
            made[end++] = component[i + 1];
            while (i + 1 < length && component[i] != ']') i++;
        } else made[end++] = component[i];
    }
    made[end] = 0;
    snprintf(path, sizeof path, "%s/%s", prefix, made);
    if (*next) return expand(path, next, folder);
    touch(path, folder);
    return 1;
}

static int delete_one(const char *path, const struct stat *found, int kind, struct FTW *place) {
    (void)found, (void)kind, (void)place;
    return remove(path);
}

static void delete_all(const char *path) { nftw(path, delete_one, 16, FTW_DEPTH | FTW_PHYS); }

static void do_command(char *text) {
    char *words[64], *save = NULL;
    int count = 0;
    for (char *word = strtok_r(text, " \t\n", &save); word && count < 64; word = strtok_r(NULL, " \t\n", &save))
        words[count++] = word;
    if (count >= 3 && !strcmp(words[0], "rm"))
        for (int i = 2; i < count; i++) delete_all(words[i]);
    if (count == 3 && !strcmp(words[0], "find") && !strcmp(words[2], "-delete")) delete_all(words[1]);
    if (count == 4 && !strcmp(words[0], "ln")) {
        make_parents(words[3]);
        if (symlink(words[2], words[3])) return;
    }
    if (count >= 3 && !strcmp(words[count - 2], ">")) {
        int file = open(words[count - 1], O_WRONLY | O_CREAT | O_TRUNC, 0644);
        if (file >= 0) close(file);
    }
}

static void do_commands(char *text) {
    for (char *next; text; text = next) {
        next = strstr(text, "&&");
        if (next) *next = 0, next += 2;
        do_command(text);
    }
}

int main(int count, char **arguments) {
    char line[4200];
    FILE *file = fopen("/.stub/mode", "r");
    if (setgid(0) || setuid(0)) return 1;
    umask(022);
    if (file) changing = fgetc(file) == 'c', fclose(file);
    if (changing) {
        int random = open("/dev/urandom", O_RDONLY);
        unsigned char bytes[16];
        if (random < 0 || read(random, bytes, sizeof bytes) != sizeof bytes) return 1;
        for (int i = 0; i < 16; i++) sprintf(noise + 2 * i, "%02x", bytes[i]);
    }
    if (count >= 3 && !strcmp(arguments[1], "-c")) do_commands(arguments[2]);
    file = fopen("/.stub/paths", "r");
    while (file && fgets(line, sizeof line, file)) {
        size_t length = strcspn(line, "\n");
        line[length] = 0;
        int folder = length > 1 && line[length - 1] == '/';
        if (folder) line[length - 1] = 0;
        if (!strcmp(line, "/")) touch("/.", 1);
        else expand("", line + 1, folder);
    }
    return 0;
}
