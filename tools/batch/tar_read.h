/* SPDX-License-Identifier: Apache-2.0 */
/* Reads a tar stream member by member: ustar and pax (POSIX.1-2008, pax, "EXTENDED DESCRIPTION"), with the long names
 * of GNU tar. Forward only, so a pipe will do. */
#ifndef PHASH_TOOLS_TAR_READ_H
#define PHASH_TOOLS_TAR_READ_H

#include "cli/text_out.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** Gives up to size more bytes of the stream: how many, 0 at the end, -1 on trouble. */
typedef ptrdiff_t (*tar_fill_fn)(void *user, void *bytes, size_t size);

typedef enum tar_step {
    TAR_FILE,      /* a regular file: name and size are set, its data comes next */
    TAR_SPARSE,    /* a regular file that is stored in pieces: its data cannot be read */
    TAR_HARD_LINK, /* to a file that came before */
    TAR_SYMLINK,
    TAR_SPECIAL,   /* a device or fifo */
    TAR_DIRECTORY,
    TAR_END,
    TAR_TRUNCATED, /* the stream ends too early; why says where */
    TAR_DAMAGED    /* it is no tar, or damaged, or cannot be read; why says how */
} tar_step;

/** A stream under way. */
typedef struct tar_reader {
    tar_fill_fn fill;
    void *user;
    uint64_t offset;  /* bytes taken from the stream */
    uint64_t left;    /* of the data of this member */
    uint32_t padding; /* behind it */
    text name;        /* of this member; a 0 byte follows it */
    uint64_t size;    /* of this member */
    text next_name;   /* from headers that precede a member; empty: none */
    bool has_next_size;
    uint64_t next_size;
    bool next_sparse;
    char why[160];
} tar_reader;

/** Begin with the first byte of a stream. */
void tar_begin(tar_reader *r, tar_fill_fn fill, void *user);

/** Go to the next member, passing over what is left of the one before. Nothing more after the last three. */
tar_step tar_next(tar_reader *r);

/** Read up to size bytes of the member's data. 0 when all of it was read, or the stream ends, or on trouble:
 *  r->left tells whether data is missing. */
size_t tar_read_data(tar_reader *r, void *bytes, size_t size);

void tar_reader_free(tar_reader *r);

#endif
