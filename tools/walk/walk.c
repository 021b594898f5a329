/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE /* O_DIRECTORY, O_NOFOLLOW */
#define _FILE_OFFSET_BITS 64
#include "walk/walk.h"

#include "cli/cli.h"
#include "cli/file_io.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* The names in one directory, behind one another, each with its 0 byte. */
typedef struct names {
    text all;
    const char **at;
    size_t n;
} names;

static void names_free(names *list)
{
    text_free(&list->all);
    free(list->at);
}

static int by_name(const void *left, const void *right)
{
    return strcmp(*(const char *const *)left, *(const char *const *)right);
}

static bool sort_names(names *list)
{
    const char *name = list->all.data;

    if (!text_ok(&list->all))
        return false;
    if (list->n == 0)
        return true;
    list->at = malloc(list->n * sizeof *list->at);
    if (list->at == NULL)
        return false;
    for (size_t i = 0; i < list->n; i++, name += strlen(name) + 1)
        list->at[i] = name;
    qsort(list->at, list->n, sizeof *list->at, by_name);
    return true;
}

/* All names in a directory, sorted; 0 or an errno. What was listed before an error stays. */
static int list_directory(names *list, const char *path, bool follow)
{
    struct dirent *entry;
    /* without O_NOFOLLOW a directory could be made a link between lstat and here */
    int fd = file_open_quietly(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC | (follow ? 0 : O_NOFOLLOW));
    DIR *dir = fd >= 0 ? fdopendir(fd) : NULL;
    int trouble;

    if (dir == NULL) {
        trouble = errno;
        if (fd >= 0)
            close(fd);
        return trouble;
    }
    while (errno = 0, (entry = readdir(dir)) != NULL) {
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        text_put_bytes(&list->all, entry->d_name, strlen(entry->d_name) + 1);
        list->n++;
    }
    trouble = errno;
    closedir(dir);
    if (!sort_names(list)) {
        list->n = 0;
        return ENOMEM;
    }
    return trouble;
}

static bool give(walker *w, const char *path, const char *why, uint64_t size)
{
    w->size = size;
    return w->visit(w->user, path, why);
}

static bool refuse(walker *w, const char *path, const char *what, int error)
{
    char why[256];

    snprintf(why, sizeof why, "%s: %s", what, strerror(error));
    return give(w, path, why, 0);
}

static bool walk_directory(walker *w, const char *path, unsigned depth);

/* Is it passed over by the options? It is counted then. */
static bool is_passed_over(walker *w, const char *path, const struct stat *info)
{
    const walk_options *o = w->options;
    const char *below = path + w->below;
    const bool is_dir = S_ISDIR(info->st_mode);

    if (glob_list_matches(&o->exclude, below, is_dir) ||
        (!is_dir && o->include.n != 0 && !glob_list_matches(&o->include, below, false)))
        w->skipped.excluded++;
    else if (o->one_file_system && (uint64_t)info->st_dev != w->device)
        w->skipped.other_systems++;
    else if (!is_dir && info->st_nlink > 1 && !o->all_links &&
             !inode_set_add(&w->links, (uint64_t)info->st_dev, (uint64_t)info->st_ino))
        w->skipped.hard_links++;
    else
        return false;
    return true;
}

static bool enter(walker *w, const char *path, const struct stat *info, unsigned depth)
{
    if (w->options->max_depth != 0 && depth >= w->options->max_depth)
        w->skipped.too_deep++;
    else if (w->options->follow &&
             !inode_set_add(&w->directories, (uint64_t)info->st_dev, (uint64_t)info->st_ino))
        w->skipped.repeated++;
    else
        return walk_directory(w, path, depth);
    return true;
}

static bool walk_entry(walker *w, const char *path, unsigned depth)
{
    struct stat info;

    if ((w->options->follow ? stat(path, &info) : lstat(path, &info)) != 0)
        return refuse(w, path, "cannot examine", errno);
    if (S_ISLNK(info.st_mode))
        w->skipped.symlinks++;
    else if (!S_ISDIR(info.st_mode) && !S_ISREG(info.st_mode))
        w->skipped.specials++;
    else if (!is_passed_over(w, path, &info))
        return S_ISDIR(info.st_mode) ? enter(w, path, &info, depth) : give(w, path, NULL, (uint64_t)info.st_size);
    return true;
}

static bool is_stopped(const walker *w)
{
    return w->stop != NULL && atomic_load(w->stop);
}

static bool walk_directory(walker *w, const char *path, unsigned depth)
{
    names list = {0};
    bool going = true;

    if (depth == WALK_DEPTH_MAX)
        return give(w, path, "cannot list: directories are nested too deeply", 0);
    int trouble = list_directory(&list, path, depth == 0 || w->options->follow);
    const size_t begin = strlen(path) + (path[strlen(path) - 1] != '/');
    if (depth == 0)
        w->below = begin;
    for (size_t i = 0; going && i < list.n; i++) {
        size_t size = begin + strlen(list.at[i]) + 1;
        char *below = malloc(size);
        if (below == NULL) {
            trouble = ENOMEM;
            break;
        }
        memcpy(below, path, strlen(path));
        below[begin - 1] = '/';
        memcpy(below + begin, list.at[i], size - begin);
        going = walk_entry(w, below, depth + 1) && !is_stopped(w);
        free(below);
    }
    names_free(&list);
    if (going && trouble != 0)
        going = refuse(w, path, "cannot list", trouble);
    return going;
}

bool walk_path(walker *w, const char *path)
{
    struct stat info;

    if (is_stopped(w))
        return false;
    if (path[0] == '\0')
        return give(w, path, "cannot open: the name is empty", 0);
    if (stat(path, &info) != 0)
        return refuse(w, path, "cannot open", errno);
    if (!S_ISDIR(info.st_mode)) /* what is no regular file is refused when it is read */
        return give(w, path, NULL, S_ISREG(info.st_mode) ? (uint64_t)info.st_size : 0);
    w->device = (uint64_t)info.st_dev;
    inode_set_free(&w->directories);
    if (w->options->follow)
        inode_set_add(&w->directories, (uint64_t)info.st_dev, (uint64_t)info.st_ino);
    return walk_directory(w, path, 0);
}

void walker_clear(walker *w)
{
    inode_set_free(&w->links);
    inode_set_free(&w->directories);
}
