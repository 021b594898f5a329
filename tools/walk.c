/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE /* d_type, O_DIRECTORY, getdelim */
#define _FILE_OFFSET_BITS 64
#include "walk.h"

#include "cli.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define DEPTH_MAX 512 /* deeper trees are made, not grown */

typedef struct walk {
    walk_skipped *skipped;
    walk_fn visit;
    void *user;
} walk;

typedef struct names {
    char **at;
    size_t n;
    size_t room;
} names;

static void names_free(names *list)
{
    for (size_t i = 0; i < list->n; i++)
        free(list->at[i]);
    free(list->at);
}

static bool names_add(names *list, const char *name)
{
    if (list->n == list->room) {
        size_t room = list->room != 0 ? 2 * list->room : 64;
        char **grown = realloc(list->at, room * sizeof *grown);
        if (grown == NULL)
            return false;
        list->at = grown;
        list->room = room;
    }
    list->at[list->n] = strdup(name);
    return list->at[list->n] != NULL && ++list->n != 0;
}

static int by_name(const void *left, const void *right)
{
    return strcmp(*(char *const *)left, *(char *const *)right);
}

/* All names in a directory, sorted; 0 or an errno. */
static int list_directory(names *list, const char *path)
{
    struct dirent *entry;
    DIR *dir = opendir(path);
    int trouble = 0;

    if (dir == NULL)
        return errno;
    while (errno = 0, (entry = readdir(dir)) != NULL && trouble == 0) {
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        if (!names_add(list, entry->d_name))
            trouble = ENOMEM;
    }
    if (trouble == 0)
        trouble = errno;
    closedir(dir);
    if (list->n != 0)
        qsort(list->at, list->n, sizeof *list->at, by_name);
    return trouble;
}

static bool refuse(const walk *w, const char *path, const char *what, int error)
{
    char why[256];

    snprintf(why, sizeof why, "%s: %s", what, strerror(error));
    return w->visit(w->user, path, why);
}

static bool walk_directory(const walk *w, const char *path, int depth);

static bool walk_entry(const walk *w, const char *path, int depth)
{
    struct stat info;

    if (lstat(path, &info) != 0)
        return refuse(w, path, "cannot examine", errno);
    if (S_ISDIR(info.st_mode))
        return walk_directory(w, path, depth);
    if (S_ISLNK(info.st_mode))
        w->skipped->symlinks++;
    else if (!S_ISREG(info.st_mode))
        w->skipped->specials++;
    else
        return w->visit(w->user, path, NULL);
    return true;
}

static bool walk_directory(const walk *w, const char *path, int depth)
{
    names list = {0};
    bool going = true;

    if (depth == DEPTH_MAX)
        return w->visit(w->user, path, "cannot list: directories are nested too deeply");
    int trouble = list_directory(&list, path);
    for (size_t i = 0; going && i < list.n; i++) {
        size_t size = strlen(path) + 1 + strlen(list.at[i]) + 1;
        char *below = malloc(size);
        const char *slash = path[strlen(path) - 1] == '/' ? "" : "/";
        if (below == NULL) {
            trouble = ENOMEM;
            break;
        }
        snprintf(below, size, "%s%s%s", path, slash, list.at[i]);
        going = walk_entry(w, below, depth + 1);
        free(below);
    }
    names_free(&list);
    if (going && trouble != 0)
        going = refuse(w, path, "cannot list", trouble);
    return going;
}

bool walk_path(const char *path, walk_skipped *skipped, walk_fn visit, void *user)
{
    struct stat info;
    walk w = {skipped, visit, user};

    if (path[0] == '\0')
        return visit(user, path, "cannot open: the name is empty");
    if (stat(path, &info) != 0)
        return refuse(&w, path, "cannot open", errno);
    if (S_ISDIR(info.st_mode))
        return walk_directory(&w, path, 0);
    return visit(user, path, NULL); /* what is no regular file is refused when it is read */
}

bool walk_names(const char *list, bool zero, walk_skipped *skipped, walk_fn visit, void *user)
{
    bool is_stdin = strcmp(list, "-") == 0;
    FILE *stream = is_stdin ? stdin : fopen(list, "rb");
    char *line = NULL;
    size_t room = 0;
    ssize_t size;
    bool going = true;
    int end = zero ? '\0' : '\n';

    if (stream == NULL) {
        say("--files-from %s: %s", list, strerror(errno));
        return false;
    }
    while (going && (size = getdelim(&line, &room, end, stream)) > 0) {
        if (line[size - 1] == end)
            line[--size] = '\0';
        if (strlen(line) != (size_t)size) /* only the first of many names would be looked at */
            going = visit(user, line, "cannot open: the line holds a 0 byte; -0 reads names that end with one");
        else if (size != 0)
            going = walk_path(line, skipped, visit, user);
    }
    if (going && ferror(stream) != 0) {
        say("--files-from %s: %s", list, strerror(errno));
        going = false;
    }
    free(line);
    if (!is_stdin)
        fclose(stream);
    return going;
}
