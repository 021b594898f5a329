/* SPDX-License-Identifier: Apache-2.0 */
/* A large file from a URL, in as many pieces as the network makes of it. What has come is kept in PATH.part, and its
 * ETag in PATH.part.etag, so that a later download goes on there. */
#ifndef PHASH_TOOLS_DOWNLOAD_H
#define PHASH_TOOLS_DOWNLOAD_H

#include "remote/http.h"

#include <stdbool.h>
#include <stdint.h>

typedef struct download {
    const char *url;
    const char *path;  /* the name the file is to have */
    uint64_t max_size; /* bytes; more are refused */
    bool progress;     /* on stderr */
    bool anew;         /* also when it is there already */
    /* What came of it: */
    char *part;       /* the file, complete */
    uint64_t size;    /* of it */
    uint64_t fetched; /* bytes of it that came now */
    bool verified;    /* its SHA-256 is its ETag */
    bool unchanged;   /* what is at `path` is the file at the URL already; there is no part then */
    /* Within: */
    char *tag_path;
    char present[HTTP_ETAG_SIZE]; /* the SHA-256 of what is at `path`, as an ETag; empty: there is nothing */
    char etag[HTTP_ETAG_SIZE]; /* of what is in the file; empty: unknown, so it cannot be gone on with */
    int fd;
    bool stopped; /* after a message */
    uint64_t most; /* bytes that were there at any time */
    uint64_t shown_ms;
    uint64_t total; /* UINT64_MAX: not said */
} download;

/** Download it. False after a message; what has come is then kept, unless it is no use. */
bool download_run(download *d, const http_access *access);

/** Give the file its name, for good. False after a message. */
bool download_commit(download *d);

/** Remove what has come: it is not what it should be. */
void download_discard(download *d);

void download_clear(download *d);

#endif
