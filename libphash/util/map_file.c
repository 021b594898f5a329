/* SPDX-License-Identifier: Apache-2.0 */
#define _POSIX_C_SOURCE 200809L
#define _FILE_OFFSET_BITS 64
#include "util/map_file.h"

#include "util/diag.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

phash_status phash_map_file(phash_mapping *out, phash_diag *diag, const char *path)
{
    struct stat info;
    void *bytes = MAP_FAILED;
    phash_status st = PHASH_OK;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY); /* a fifo must not make this wait */

    if (fd < 0)
        return phash_fail(diag, PHASH_E_IO, "cannot open: %s", strerror(errno));
    if (fstat(fd, &info) != 0)
        st = phash_fail(diag, PHASH_E_IO, "cannot examine: %s", strerror(errno));
    else if (!S_ISREG(info.st_mode))
        st = phash_fail(diag, PHASH_E_IO, "not a regular file");
    else if (info.st_size == 0)
        st = phash_fail(diag, PHASH_E_EMPTY, "the file is empty");
    else if ((uint64_t)info.st_size > SIZE_MAX)
        st = phash_fail(diag, PHASH_E_LIMIT, "the file is larger than this machine can address");
    if (st == PHASH_OK) {
        bytes = mmap(NULL, (size_t)info.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
        if (bytes == MAP_FAILED)
            st = phash_fail(diag, PHASH_E_IO, "cannot map: %s", strerror(errno));
    }
    close(fd);
    if (st == PHASH_OK) {
        out->bytes = bytes;
        out->size = (size_t)info.st_size;
    }
    return st;
}

void phash_unmap_file(phash_mapping *mapping)
{
    if (mapping->bytes != NULL)
        munmap((void *)(uintptr_t)mapping->bytes, mapping->size);
    mapping->bytes = NULL;
    mapping->size = 0;
}
